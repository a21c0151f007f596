import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../../bin/send.ts";
import { parseChatEvent } from "../../../events/index.ts";
import { DOCUMENTED_CALLBACKS } from "../../../local/documented-callbacks.ts";
import { COMMANDS } from "../../../tencent/commands.ts";
import { run } from "../../support/command.ts";
import { type RunningStart, startInProcess } from "../../support/start.ts";

let system: RunningStart;
beforeAll(async () => {
  system = await startInProcess("--forward", "*");
});
afterAll(() => system.stop());

const send = (...options: string[]) => run(main, "--url", system.ready.callbackUrl, ...options);
const OK = /^200 \{"ActionStatus":"OK".*\}\n\d+ ms\n/;

/** The events that were stored after a number of lines. */
function eventsSince(start: number) {
  const lines = system.lines().slice(start);
  return lines.filter(({ type }) => type === "event").map(({ body }) => parseChatEvent(body as string));
}

/** The numbers of each command's samples. */
const SAMPLES = Object.keys(COMMANDS).map((command) => {
  const shapes = DOCUMENTED_CALLBACKS.filter((callback) => callback.command === command);
  return [command, shapes.map((_shape, index) => String(index + 1))] as const;
});

describe("npm run send -- --command NAME", () => {
  test.each(SAMPLES)("sends each documented sample of %s, which the local system accepts", async (command, numbers) => {
    for (const number of numbers) {
      const { stdout, stderr, exitCode } = await send("--command", command, "--sample", number);
      expect({ stderr, exitCode }, number).toEqual({ stderr: "", exitCode: 0 });
      expect(stdout).toMatch(OK);
    }
  });

  test("sends the first sample, with the current time and with the fields that --set changes", async () => {
    const before = system.lines().length;
    const startTime = Date.now();
    expect((await send("--command", "State.StateChange")).exitCode).toBe(0);
    const changes = ["--set", "From_Account=carol", "--set", "MsgSeq=7"];
    expect((await send("--command", "C2C.CallbackAfterSendMsg", ...changes)).exitCode).toBe(0);
    const stored = eventsSince(before);
    expect(stored.map((event) => event["detail-type"])).toEqual(["State.StateChange", "C2C.CallbackAfterSendMsg"]);
    const [changed, sent] = stored.map(({ detail }) => detail.data);
    expect(changed).toMatchObject({ Info: { Action: "Login" } });
    expect(changed?.["EventTime"]).toBeGreaterThanOrEqual(startTime);
    expect(sent).toMatchObject({ From_Account: "carol", To_Account: "bob", MsgSeq: 7 });
  });

  test("changes fields of the read report that the other options describe", async () => {
    const before = system.lines().length;
    const options = ["--reader", "dave", "--set", "UnreadMsgNum=4", "--set", "Brand_New=yes"];
    expect((await send(...options)).exitCode).toBe(0);
    expect(eventsSince(before)[0]?.detail.data).toMatchObject({
      Report_Account: "dave",
      UnreadMsgNum: 4,
      Brand_New: "yes",
    });
  });

  test("asks about a new field that resembles another one, and sends it", async () => {
    expect(await send("--set", "Report_Acount=eve")).toMatchObject({
      stderr: "--set: the field 'Report_Acount' is new; did you mean Report_Account?\n",
      exitCode: 0,
    });
  });
});

describe("npm run send -- --list", () => {
  test("lists every documented command, its kind and its samples, without a local system", async () => {
    const { stdout, stderr, exitCode } = await run(main, "--list");
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    const sections = stdout.trimEnd().split("\n\n");
    expect(sections.map((section) => section.split(" ")[0])).toEqual(Object.keys(COMMANDS));
    expect(stdout).toContain(
      "\n\nSns.CallbackPrevFriendResponse (before-callback)\n  1  documented sample\n  2  assembled: single item, third documented ResponseAction\n\n",
    );
    expect(stdout.split("\n").filter((line) => /^ {2}\d+ {2}\S/.test(line)).length).toBe(DOCUMENTED_CALLBACKS.length);
  });

  test("with --command lists the command's samples with their bodies", async () => {
    const command = "Alert.RequestOverLimit";
    const { stdout, exitCode } = await run(main, "--list", "--command", command);
    const [sample] = DOCUMENTED_CALLBACKS.filter((callback) => callback.command === command);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      `${command} (after-callback), https://www.tencentcloud.com/document/product/1047/60256\n\n` +
        `  1  documented sample\n${JSON.stringify(sample?.body, undefined, 2)}\n`,
    );
  });
});
