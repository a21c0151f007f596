import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, test, vi } from "vitest";
import { close, listen } from "../../local/server.ts";
import { runNpm, spawnNpm, startLocalSystemProcess } from "../support/local-system.ts";

describe("npm start", () => {
  test.each([
    [["--port", "http"], "--port is 'http': expected a whole number from 0 to 65535"],
    [["--port", "65536"], "--port is '65536': expected a whole number from 0 to 65535"],
    [["--destination", "topic"], '--destination is "topic": expected queue or bus'],
    [
      ["--destination", "bus", "--queue-type", "fifo"],
      '--queue-type is "fifo": leave it out with a bus, whose queue is a standard one',
    ],
    [["--queue-type", "lifo"], '--queue-type is "lifo": expected fifo or standard'],
    [
      ["--sdk-app-id", "my-app"],
      '--sdk-app-id is "my-app": expected the Chat app\'s SDKAppID, a number such as 1400000001',
    ],
    [
      ["--forward", "C2C.*,Group"],
      "--forward is \"C2C.*,Group\": 'Group' is neither a command, such as C2C.CallbackAfterSendMsg, nor a family, such as C2C.*, nor *",
    ],
    [["--token", ""], "--token is empty: expected the callback token"],
    [
      ["--prot", "1"],
      "Unknown option '--prot'. The options are --port, --destination, --queue-type, --forward, --sdk-app-id, --token, --json.",
    ],
  ])("with %j ends with one line", async (options, message) => {
    expect(await runNpm("start", ...options)).toEqual({ stdout: "", stderr: `${message}\n`, exitCode: 1 });
  });

  test("on a port in use ends with one line", async () => {
    const server = createServer();
    const { port } = new URL(await listen(server));
    const message = `Port ${port} is in use: stop what listens there, or choose another with -- --port N\n`;
    expect(await runNpm("start", "--port", port)).toEqual({ stdout: "", stderr: message, exitCode: 1 });
    await close(server);
  });

  test("prints what a person needs, then a line for each callback and each event", async () => {
    const child = spawnNpm("start", "--port", "0");
    const lines: string[] = [];
    const page = new Promise<void>((resolve) => {
      createInterface(child.stdout).on("line", (line) => {
        lines.push(line);
        if (line === "Ctrl+C ends it.") resolve();
      });
    });
    await page;
    const [command] = lines.filter((line) => line.includes("npm run send"));
    const [, ...options] = command?.trim().split(" -- ")[1]?.split(" ") ?? [];
    const [url = "", , sdkAppId, , token = ""] = options;
    for (const text of [url, sdkAppId, token])
      expect(lines.filter((line) => line.includes(text ?? "-")).length).toBe(2);
    expect(token).toMatch(/^[A-Za-z0-9]{32}$/);
    expect((await runNpm("send", "--url", url, "--reader", "carol", "--event-time", "1")).exitCode).toBe(0);
    expect((await runNpm("send", "--url", url, "--token", "wrong")).exitCode).toBe(1);
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
    const told = lines.slice(lines.indexOf("Ctrl+C ends it.") + 1).join("\n");
    expect(told).toMatch(/ event .*"carol" read what "bob" wrote up to .* in \w+\.fifo\n/);
    expect(told).toMatch(/ 200 OK +C2C\.CallbackAfterMsgReport +[\d.]+ ms\n/);
    expect(told).toMatch(/ 401 FAIL +C2C\.CallbackAfterMsgReport +Sign does not match +[\d.]+ ms/);
    expect(told).not.toContain(token);
  });

  test("--forward makes events of what it names, and says so where a name is unknown", async () => {
    const system = await startLocalSystemProcess("--forward", "Group.*,C2C.CallbackAfterSendMsgs");
    const folder = await mkdtemp(join(tmpdir(), "send-"));
    const file = join(folder, "body.json");
    await writeFile(file, '{"GroupId":"g","MsgSeq":12345678901234567890}');
    const url = system.ready.callbackUrl;
    const command = "Group.CallbackAfterSendMsg";
    expect(await runNpm("send", "--url", url, "--command", command, "--body", file)).toMatchObject({
      stdout: expect.stringMatching(/^200 /),
      stderr: "",
      exitCode: 0,
    });
    await vi.waitFor(() => expect(system.lines.some(({ type }) => type === "callback")).toBe(true));
    system.child.kill("SIGINT");
    await once(system.child, "exit");
    expect(system.lines.filter(({ type }) => type === "event")).toEqual([
      {
        type: "event",
        queueName: expect.stringContaining(".fifo"),
        body: expect.stringContaining('"data":{"GroupId":"g","MsgSeq":12345678901234567890}'),
      },
    ]);
    expect(await system.stderr).toContain("forward: Tencent does not document 'C2C.CallbackAfterSendMsgs'");
  });

  test("--queue-type standard makes a standard queue", async () => {
    const system = await startLocalSystemProcess("--queue-type", "standard", "--sdk-app-id", "20000001");
    expect(system.ready).toMatchObject({ sdkAppId: "20000001", queueUrl: expect.not.stringMatching(/\.fifo$/) });
    system.child.kill("SIGINT");
    await once(system.child, "exit");
  });
});
