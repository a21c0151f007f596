import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { main as send } from "../../bin/send.ts";
import { main } from "../../bin/start.ts";
import { readReadyFile } from "../../local/ready-file.ts";
import { close, listen } from "../../local/server.ts";
import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { TOKEN } from "../support/callbacks.ts";
import { launch, run } from "../support/command.ts";
import { FORBIDDEN, FORBIDDEN_WORD, startModeratingHandler } from "../support/moderating-handler.ts";
import { startInProcess } from "../support/start.ts";

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
    [
      ["--relay", "http://chat.example.com/callback"],
      '--relay is "http://chat.example.com/callback": expected an https URL, or an http URL of this machine, such as http://127.0.0.1:3000/callback',
    ],
    [
      ["--relay", "http://chat.example.com/?Sign=0123"],
      '--relay is "…": expected an https URL, or an http URL of this machine, such as http://127.0.0.1:3000/callback',
    ],
    [
      ["--relay", "http://user:pass@localhost/"],
      '--relay is "…": expected an https URL such as https://chat.example.com/callback, without credentials: the handler verifies Tencent\'s signature instead',
    ],
    [
      ["--relay", "http://[::1]:3000/?key=value"],
      '--relay is "…": expected an https URL such as https://chat.example.com/callback, without a query string or fragment: each callback brings its own query string',
    ],
    [["--relay", "handler"], '--relay is "handler": expected a URL such as https://chat.example.com/callback'],
    ...["http://127.0.0.1:8787/callback", "http://LOCALHOST:8787/callback"].map((url): [string[], string] => [
      ["--relay", url],
      "--relay is the local system's own callback URL: expected the existing handler's URL",
    ]),
    [
      ["--relay", "http://127.0.0.1:9/", "--relay-commands", "C2C.*,Group"],
      "--relay-commands is \"C2C.*,Group\": 'Group' is neither a command, such as C2C.CallbackAfterSendMsg, nor a family, such as C2C.*, nor *",
    ],
    [
      ["--relay-commands", "C2C.*"],
      "--relay-commands has no effect without --relay: give the existing handler's URL, or leave it out",
    ],
    [["--break", "handler=hang"], "--break: there is no existing handler to break: add --relay URL"],
    [["--token", ""], "--token is empty: expected the callback token"],
    [
      ["--prot", "1"],
      "Unknown option --prot: did you mean --port? The options are --port, --destination, --queue-type, --forward, --relay, --relay-commands, --sdk-app-id, --token, --break, --console-port, --no-console, --json, --help.",
    ],
  ])("with %j ends with one line", async (options, message) => {
    expect(await run(main, ...options)).toEqual({ stdout: "", stderr: `${message}\n`, exitCode: 1 });
  });

  test("on a port in use ends with one line", async () => {
    const server = createServer();
    const { port } = new URL(await listen(server));
    onTestFinished(() => close(server));
    const message = `Port ${port} is in use: stop the program that uses it, or choose another with -- --port N\n`;
    expect(await run(main, "--port", port)).toEqual({ stdout: "", stderr: message, exitCode: 1 });
  });

  test("prints what a user needs, then a line for each callback and each event", async () => {
    const { output, ended, printed, interrupt } = launch(main, "--port", "0", "--destination", "bus");
    await printed("Ctrl+C stops it.\n\n");
    const page = output.stdout;
    const [command = ""] = page.split("\n").filter((line) => line.includes("npm run send"));
    const [, ...options] = command.trim().split(" -- ")[1]?.split(" ") ?? [];
    const [url = "", , sdkAppId = "", , token = ""] = options;
    for (const text of [url, sdkAppId, token]) expect(page.split(text).length - 1).toBe(2);
    expect(token).toMatch(/^[0-9a-f]{32}$/);
    expect(page).toMatch(/\n {2}Event bus +ChatEvents\w*Bus\w*\n/);
    expect((await run(send, "--url", url, "--reader", "carol", "--event-time", "1")).exitCode).toBe(0);
    expect((await run(send, "--url", url, "--token", "wrong")).exitCode).toBe(1);
    await printed("Sign does not match");
    expect(await readReadyFile(url)).toMatchObject({ token });
    interrupt();
    const { stdout, stderr, exitCode } = await ended;
    expect(await readReadyFile(url)).toBeUndefined();
    const told = stdout.slice(page.length);
    expect(told).toMatch(/ event .*"carol" read what "bob" wrote up to .* in \w+\n/);
    expect(told).toMatch(/ 200 OK +C2C\.CallbackAfterMsgReport +[\d.]+ ms\n/);
    expect(told).toMatch(/ 401 FAIL +C2C\.CallbackAfterMsgReport +Sign does not match +[\d.]+ ms/);
    expect(told).not.toContain(token);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  });

  test("--forward turns the named callbacks into events, and warns of an unknown name", async () => {
    const { ready, lines, stop } = await startInProcess("--forward", "Group.*,C2C.CallbackAfterSendMsgs");
    const folder = await mkdtemp(join(tmpdir(), "send-"));
    const file = join(folder, "body.json");
    await writeFile(file, '{"GroupId":"g","MsgSeq":12345678901234567890}');
    const command = "Group.CallbackAfterSendMsg";
    expect(await run(send, "--url", ready.callbackUrl, "--command", command, "--body", file)).toMatchObject({
      stdout: expect.stringMatching(/^200 /),
      stderr: "",
      exitCode: 0,
    });
    await vi.waitFor(() => expect(lines().some(({ type }) => type === "callback")).toBe(true));
    const { stderr } = await stop();
    expect(lines().filter(({ type }) => type === "event")).toEqual([
      {
        type: "event",
        queueName: expect.stringContaining(".fifo"),
        body: expect.stringContaining('"data":{"GroupId":"g","MsgSeq":12345678901234567890}'),
      },
    ]);
    expect(stderr).toMatch(/^--forward: Tencent does not document 'C2C\.CallbackAfterSendMsgs'.*\n$/);
  });

  test("--relay gives the named callbacks to a handler, whose replies go back, and warns of an unknown name", async () => {
    const handler = await startModeratingHandler({ token: TOKEN });
    onTestFinished(handler.close);
    const { ready, lines, stop } = await startInProcess(
      ...["--token", TOKEN, "--relay", handler.url, "--relay-commands", "C2C.*,Group.CallbackAfterSendMsgs"],
    );
    const post = (...options: string[]) => run(send, "--url", ready.callbackUrl, ...options);
    const text = `MsgBody.0.MsgContent.Text=${FORBIDDEN_WORD}`;
    expect(await post("--command", "C2C.CallbackBeforeSendMsg", "--set", text)).toMatchObject({
      stdout: expect.stringContaining(`"ErrorCode":${FORBIDDEN}`),
    });
    expect(await post()).toMatchObject({ exitCode: 0 });
    expect(await post("--command", "Group.CallbackBeforeSendMsg", "--set", text)).toMatchObject({ exitCode: 0 });
    await vi.waitFor(() => expect(lines().filter(({ type }) => type === "callback")).toHaveLength(3));
    await vi.waitFor(() => expect(lines().filter(({ type }) => type === "relayed")).toHaveLength(2));
    const { stdout, stderr } = await stop();
    expect(handler.calls.map(({ command }) => command)).toEqual(["C2C.CallbackBeforeSendMsg", READ_REPORT_COMMAND]);
    const relayed = { type: "relayed", requestId: expect.any(String), milliseconds: expect.any(Number) };
    expect(lines().filter(({ type }) => type === "relayed")).toEqual([
      { ...relayed, command: "C2C.CallbackBeforeSendMsg", statusCode: 200, verdict: "OK", reason: expect.any(String) },
      { ...relayed, command: READ_REPORT_COMMAND, statusCode: 200, verdict: "OK", reason: "" },
    ]);
    expect(stdout.split(TOKEN)).toHaveLength(2);
    expect(stdout).not.toContain("Sign=");
    expect(stderr).toMatch(/^--relay-commands: Tencent does not document 'Group\.CallbackAfterSendMsgs'.*\n$/);
  });

  test("--queue-type standard creates a standard queue", async () => {
    const { ready, stop } = await startInProcess("--queue-type", "standard", "--sdk-app-id", "20000001");
    expect(ready).toMatchObject({ sdkAppId: "20000001", queueUrl: expect.not.stringMatching(/\.fifo$/) });
    await stop();
  });
});
