import { appendFile, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readLostEvents } from "../../bin/replay/lost-events.ts";
import { toJson } from "../../events/chat-event.ts";
import { NO_FORWARDING, parseForwarding } from "../../events/forwarding.ts";
import { startEventBus } from "../../local/event-bus.ts";
import { queueReference, type SentMessage, startQueues } from "../../local/queues.ts";
import { READ_REPORT, SDK_APP_ID } from "../support/callbacks.ts";
import { exampleEvent, forwardedEvent } from "../support/example-event.ts";
import { runNpm, runNpmWith } from "../support/local-system.ts";

/** A line of the log, as the function writes it, with a number that a double can't hold. */
const LINE = `{"timestamp":"2026-01-01T00:00:00.000Z","level":"ERROR","message":"an event could not be stored","error":"x","event":${toJson(exampleEvent()).replace('"UnreadMsgNum":7', '"UnreadMsgNum":7,"Big":12345678901234567890')}}`;
const OTHER = '{"level":"INFO","message":"metrics","Accepted":1}';
const UNVERIFIED = JSON.stringify({
  level: "ERROR",
  message: "the standby queue did not take a request",
  request: {
    authenticated: false,
    receivedAt: "2026-01-01T00:00:00.000Z",
    sdkAppId: SDK_APP_ID,
    clientIp: "203.0.113.7",
    body: JSON.stringify(READ_REPORT),
  },
});

describe("The events in the log are found", () => {
  test.each([
    ["in its own lines", `${OTHER}\n${LINE}\n${OTHER}\n`],
    ["with a time in front, as aws logs tail prints them", `2026-01-01T00:00:00 2026/01/01/[7]abc ${LINE}\n`],
    [
      "as text in JSON, as aws logs filter-log-events prints it",
      JSON.stringify({ events: [{ message: OTHER }, { message: `${LINE}\n` }] }, null, 2),
    ],
    ["beside each other, as --output text prints it", `${OTHER}\t${LINE}`],
    ["in a CSV file, quotes doubled", `@timestamp,@message\n2026-01-01,"${LINE.replaceAll('"', '""')}"`],
    ["behind a name with a brace in it", `stream {7} ${LINE}`],
    ["in the rows of a query of Logs Insights", JSON.stringify({ results: [[{ field: "@message", value: LINE }]] })],
  ])("%s", (_how, text) => {
    const [lost, ...others] = readLostEvents(text, NO_FORWARDING);
    expect(others).toEqual([]);
    expect(lost?.verified).toBe(true);
    const json = toJson(lost?.event ?? {});
    expect(json).toContain('"Big":12345678901234567890');
    expect(JSON.parse(json)).toMatchObject({ detail: { metadata: { republished: true }, data: READ_REPORT } });
  });

  test("as what nobody verified, of requests that could not be judged", () => {
    const [lost] = readLostEvents(UNVERIFIED, NO_FORWARDING);
    expect(lost).toMatchObject({
      verified: false,
      event: {
        detail: {
          metadata: { authentication: "none", receivedAt: "2026-01-01T00:00:00.000Z", republished: true },
          data: READ_REPORT,
        },
      },
    });
    expect(lost?.event.detail.metadata.clientIp).toBeUndefined();
  });

  test("in pieces, as Lambda's log may cut a long line, among other lines and other streams", () => {
    const events = [
      { logStreamName: "a", message: `${OTHER}\n` },
      { logStreamName: "a", message: LINE.slice(0, 300) },
      { logStreamName: "b", message: LINE.slice(0, 100) },
      { logStreamName: "a", message: LINE.slice(300, 500) },
      { logStreamName: "b", message: `${OTHER}\n` },
      { logStreamName: "a", message: `${LINE.slice(500)}\n` },
      { logStreamName: "a", message: "START RequestId: x\n" },
      { logStreamName: "a", message: `${LINE}\n` },
    ];
    const found = readLostEvents(JSON.stringify({ events }), NO_FORWARDING);
    expect(found.map(({ event }) => event.detail.data["Report_Account"])).toEqual(["alice", "alice"]);
  });

  test("in pieces, one after the other in one stream, behind a line that is no JSON", () => {
    const lines = ["START RequestId: x\n", LINE.slice(0, 300), `${LINE.slice(300)}\n`, "END RequestId: x\n"];
    const events = [...lines, ...lines].map((message) => ({ logStreamName: "a", message }));
    expect(readLostEvents(JSON.stringify({ events }), NO_FORWARDING).length).toBe(2);
  });

  test("but not of requests without an SDKAppID, which would have been refused", () => {
    const without = UNVERIFIED.replace(`"sdkAppId":"${SDK_APP_ID}",`, "");
    expect(without).not.toBe(UNVERIFIED);
    expect(readLostEvents(without, NO_FORWARDING)).toEqual([]);
  });

  test("behind text in front of them, and though another line's rest is missing", () => {
    const events = [
      { logStreamName: "a", message: `2026-01-01T00:00:00Z\tERROR\t${LINE}` },
      { logStreamName: "a", message: LINE.slice(0, 300) },
      { logStreamName: "a", message: LINE.slice(0, 200) },
      { logStreamName: "a", message: LINE.slice(200) },
      { logStreamName: "a", message: "no JSON" },
    ];
    expect(readLostEvents(JSON.stringify({ events }), NO_FORWARDING).length).toBe(2);
  });

  test("of forwarded callbacks, whole if they were verified", () => {
    const body = '{"CallbackCommand":"State.StateChange","Info":{"To_Account":"alice"},"Big":12345678901234567890}';
    const event = forwardedEvent("State.StateChange", body);
    const line = `{"level":"ERROR","message":"an event could not be stored","event":${toJson(event)}}`;
    const [lost] = readLostEvents(line, NO_FORWARDING);
    expect(lost?.verified).toBe(true);
    expect(toJson(lost?.event ?? {})).toContain(`"data":${body}`);
  });

  test("of callbacks nobody could judge, as far as they are to be forwarded", () => {
    const line = (command: string) =>
      UNVERIFIED.replace('"authenticated"', `"callbackCommand":"${command}","authenticated"`).replace(
        JSON.stringify(JSON.stringify(READ_REPORT)),
        JSON.stringify(JSON.stringify({ Info: { To_Account: "alice" } })),
      );
    const found = (names: string) =>
      readLostEvents(line("State.StateChange"), parseForwarding(names)).map(({ event, verified }) => ({
        command: event["detail-type"],
        data: event.detail.data,
        verified,
      }));
    expect(found("State.*")).toEqual([
      { command: "State.StateChange", data: { Info: { To_Account: "alice" } }, verified: false },
    ]);
    expect(found("Group.*")).toEqual([]);
  });

  test("of callbacks nobody could judge, as large as those that are forwarded may be", () => {
    const sized = (bytes: number) => JSON.stringify({ GroupId: "x".repeat(bytes - '{"GroupId":""}'.length) });
    const found = (bytes: number, names: string) => {
      const callbackCommand = "Group.CallbackAfterSendMsg";
      const request = { receivedAt: "2026-01-01T00:00:00.000Z", sdkAppId: SDK_APP_ID, callbackCommand };
      const message = "the standby queue did not take a request";
      const line = JSON.stringify({ level: "ERROR", message, request: { ...request, body: sized(bytes) } });
      return readLostEvents(line, parseForwarding(names)).length;
    };
    expect(found(256 * 1024, "Group.*")).toBe(1);
    expect(found(256 * 1024 + 1, "Group.*")).toBe(0);
    expect(found(256 * 1024, "C2C.*")).toBe(0);
  });

  const NO_EVENT = { level: "ERROR", message: "an event could not be stored" };
  test.each([
    JSON.stringify({ level: "WARN", message: "a callback was refused", requestId: LINE }),
    JSON.stringify({ ...NO_EVENT, error: LINE }),
    JSON.stringify({ ...NO_EVENT, event: { detail: null } }),
    JSON.stringify({ ...NO_EVENT, event: null }),
    JSON.stringify({ ...NO_EVENT, event: { detail: { metadata: { deduplicationId: "x" } } } }),
    "",
    "no JSON {",
    '{"event":null}',
    '{"request":{"receivedAt":"x","body":"x"}}',
    OTHER,
  ])("and none in %j", (text) => {
    expect(readLostEvents(text, NO_FORWARDING)).toEqual([]);
  });
});

describe("npm run replay", () => {
  async function logFile(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "replay-"));
    const file = join(folder, "log");
    await writeFile(file, `${LINE}\n${UNVERIFIED}\n`);
    return file;
  }
  const credentials = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "any", AWS_SECRET_ACCESS_KEY: "any" };

  test("sends nothing by itself, and says what it would", async () => {
    const { stdout, exitCode } = await runNpm("replay", "--file", await logFile());
    expect(stdout).toContain('would put back  2025-08-04T05:20:00.000Z  "alice" read what "bob" wrote');
    expect(stdout).toContain("1 of 2 events would be put back.");
    expect(stdout).toContain("--unverified takes them, too");
    expect(exitCode).toBe(0);
  });

  test("says what it would put back of forwarded callbacks, and needs to know which those are", async () => {
    const file = await logFile();
    const event = forwardedEvent("Group.CallbackAfterSendMsg", '{"GroupId":"@TGS#1"}');
    await appendFile(file, `{"level":"ERROR","message":"an event could not be stored","event":${toJson(event)}}\n`);
    await appendFile(
      file,
      `${UNVERIFIED.replace('"authenticated"', '"callbackCommand":"State.StateChange","authenticated"').replace("C2C.CallbackAfterMsgReport", "State.StateChange")}\n`,
    );
    const { stdout, stderr, exitCode } = await runNpm("replay", "--file", file, "--unverified");
    expect(stdout).toContain('Group.CallbackAfterSendMsg of group "@TGS#1"');
    expect(stdout).toContain("3 of 3 events would be put back.");
    expect(stderr).toContain("1 lines about lost events could not be read, or hold no callback that becomes an event");
    expect(stderr).toContain("--forward");
    expect(exitCode).toBe(1);
    const all = await runNpm("replay", "--file", file, "--unverified", "--forward", "State.*");
    expect(all.stdout).toContain("State.StateChange");
    expect(all.stdout).toContain("4 of 4 events would be put back.");
    expect(all.exitCode).toBe(0);
  });

  test("puts events back into a FIFO queue as the function would have: twice is once", async () => {
    const messages: SentMessage[] = [];
    const queues = await startQueues((message) => messages.push(message));
    onTestFinished(() => queues.close());
    await queues.create("events.fifo", { FifoQueue: true });
    const options = [
      "--file",
      await logFile(),
      "--queue-url",
      queueReference(queues.endpoint, "events.fifo").ref,
      "--apply",
    ];
    for (let count = 0; count < 2; count += 1) {
      const { stdout, stderr } = await runNpmWith(credentials, "replay", ...options);
      expect(stderr).toBe("");
      expect(stdout).toContain("1 of 2 events put back.");
    }
    expect(messages.map(({ dropped }) => dropped)).toEqual([false, true]);
    expect(messages[0]?.body).toContain('"Big":12345678901234567890');
  });

  test("puts events on a bus, unverified ones when asked to", async () => {
    const delivered: string[] = [];
    const bus = await startEventBus();
    onTestFinished(() => bus.close());
    bus.addRule({
      eventBusName: "bus",
      pattern: { source: ["tencent.chat"] },
      deliver: async (event) => void delivered.push(event),
    });
    const { stdout } = await runNpmWith(
      { ...credentials, AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint },
      "replay",
      ...["--file", await logFile(), "--event-bus-name", "bus", "--unverified", "--apply"],
    );
    expect(stdout).toContain("2 of 2 events put back.");
    expect(delivered.length).toBe(2);
  });

  test("is not content when the log speaks of more than it could read", async () => {
    const file = await logFile();
    await appendFile(file, `${LINE.slice(0, 200)}\n`);
    const { stderr, exitCode } = await runNpm("replay", "--file", file);
    expect(stderr).toContain("1 lines about lost events could not be read");
    expect(exitCode).toBe(1);
  });

  test("finds out that a bus does not exist, which would be answered with success", async () => {
    const bus = await startEventBus();
    onTestFinished(() => bus.close());
    const environment = { ...credentials, AWS_ENDPOINT_URL_EVENTBRIDGE: bus.endpoint };
    const options = ["--file", await logFile(), "--event-bus-name", "typo", "--apply"];
    const { stdout, stderr, exitCode } = await runNpmWith(environment, "replay", ...options);
    expect(stderr).toBe("--event-bus-name is 'typo': Event bus typo does not exist.\n");
    expect(stdout).toBe("");
    expect(exitCode).toBe(1);
  });

  test.each([
    [["--file", "/nowhere"], "--file can't be read: ENOENT"],
    [["--queue-url", "events"], "--queue-url is 'events': expected a queue's URL"],
    [["--forward", "Group"], "--forward: 'Group' is neither a command"],
    [["--apply", "--file", "/nowhere"], "--apply needs to know where to: expected --queue-url or --event-bus-name"],
  ])("%j is refused with one line", async (options, message) => {
    const { stderr, exitCode } = await runNpm("replay", ...options);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n").length).toBe(1);
    expect(exitCode).toBe(1);
  });
});
