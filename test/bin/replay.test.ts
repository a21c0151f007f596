import { Readable } from "node:stream";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { main } from "../../bin/replay.ts";
import { messageGroupId } from "../../events/identity.ts";
import { startEventBus } from "../../local/event-bus.ts";
import { startFaultyEndpoint } from "../../local/faulty-endpoint.ts";
import { queueReference } from "../../local/queues.ts";
import { REPORT, SDK_APP_ID } from "../support/callbacks.ts";
import { run } from "../support/command.ts";
import { exampleEvent, forwardedEvent } from "../support/example-event.ts";
import { runNpm } from "../support/local-system.ts";
import { eventLine, fileWith, refusedLine, requestLine, startQueue } from "../support/replay.ts";

beforeEach(() => {
  for (const name of ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, "any");
  return () => vi.unstubAllEnvs();
});

const UNVERIFIED = ["--unverified", "--sdk-app-id", SDK_APP_ID];

async function startBus() {
  const delivered: string[] = [];
  const bus = await startEventBus();
  onTestFinished(() => bus.close());
  bus.addRule({
    eventBusName: "bus",
    pattern: { source: ["tencent.chat"] },
    deliver: async (event) => void delivered.push(event),
  });
  vi.stubEnv("AWS_ENDPOINT_URL_EVENTBRIDGE", bus.endpoint);
  return delivered;
}

describe("npm run replay", () => {
  test("lists what it would put back, and sends nothing", async () => {
    const { stdout, stderr, exitCode } = await run(main, "--file", await fileWith(eventLine() + requestLine()));
    expect(stdout).toMatch(/^would put back {2}2025-08-04T05:20:00\.000Z {2}"alice" read what "bob" wrote up to/);
    expect(stdout).toContain("1 of 1 event would be put back.");
    expect(stdout).toContain("1 request left out as unverified: anyone may have sent them.");
    expect(stdout).toContain("Nothing was sent. Add --apply");
    expect([stderr, exitCode]).toEqual(["", 0]);
  });

  test("puts events back into a FIFO queue as the function would have: replayed twice, it drops them", async () => {
    const { messages, queueUrl } = await startQueue();
    const event = forwardedEvent("Group.CallbackAfterSendMsg", '{"GroupId":"g","Big":12345678901234567890}');
    const options = ["--file", await fileWith(eventLine(event)), "--queue-url", queueUrl, "--apply"];
    for (let count = 0; count < 2; count += 1) {
      const { stdout, stderr, exitCode } = await run(main, ...options);
      expect(stdout).toContain('put back  2025-08-04T05:20:00.000Z  Group.CallbackAfterSendMsg of group "g"');
      expect(stdout).toContain("1 of 1 event put back.");
      expect([stderr, exitCode]).toEqual(["", 0]);
    }
    expect(messages.map(({ dropped }) => dropped)).toEqual([false, true]);
    expect(messages[0]?.body).toContain('"Big":12345678901234567890');
    expect(messages[0]?.body).toContain('"republished":true');
  });

  test("puts events into a standard queue with their group", async () => {
    const { queues, queueUrl } = await startQueue("events");
    const options = ["--file", await fileWith(eventLine()), "--queue-url", queueUrl, "--apply"];
    expect((await run(main, ...options)).stdout).toContain("1 of 1 event put back.");
    const [message] = await queues.receive("events", 1);
    expect(message?.Attributes).toMatchObject({ MessageGroupId: messageGroupId(exampleEvent()) });
    expect(message?.Attributes).not.toHaveProperty("MessageDeduplicationId");
  });

  test("puts events on a bus, including unverified ones if asked to", async () => {
    const delivered = await startBus();
    const file = await fileWith(eventLine() + requestLine());
    const { stdout } = await run(main, "--file", file, "--event-bus-name", "bus", "--apply", ...UNVERIFIED);
    expect(stdout).toContain("2 of 2 events put back.");
    expect(stdout).toMatch(/put back .* unverified\n/);
    expect(delivered.map((event) => /"authentication":"(\w+)"/.exec(event)?.[1])).toEqual(["none", "none"]);
  });

  test("puts back signed callbacks that are acceptable now, and fails while others are not, so that the log remains", async () => {
    const { messages, queueUrl } = await startQueue();
    const file = await fileWith(refusedLine() + refusedLine("{") + refusedLine(REPORT, {}, false));
    const { stdout, stderr, exitCode } = await run(main, "--file", file, "--queue-url", queueUrl, "--apply");
    expect(messages.map(({ body }) => /"authentication":"(\w+)"/.exec(body)?.[1])).toEqual(["token"]);
    expect(stdout).toContain("1 of 1 event put back.\n1 request left out as unverified");
    expect(stderr).toBe(
      "skipped  line 2: the body is not JSON\n1 signed callback is still refused: keep the log until a version accepts them\n",
    );
    expect(exitCode).toBe(1);
  });

  test("needs --forward also for signed callbacks that the stack forwards", async () => {
    const file = await fileWith(refusedLine('{"Info":{"To_Account":"a"}}', { CallbackCommand: "State.StateChange" }));
    const without = await run(main, "--file", file);
    expect(without.stderr).toBe(
      "skipped  line 1: State.StateChange is not forwarded\nIf the stack forwards these callbacks, repeat its list with --forward.\n",
    );
    expect(without.exitCode).toBe(1);
    const { stdout, exitCode } = await run(main, "--file", file, "--forward", "State.*");
    expect(stdout).toContain("1 of 1 event would be put back.");
    expect(exitCode).toBe(0);
  });

  test("continues when the queue refuses an event, lists the failure, and ends with exit code 1", async () => {
    const { endpoint, messages } = await startQueue();
    const faulty = await startFaultyEndpoint(endpoint);
    onTestFinished(() => faulty.close());
    const refusal = { __type: "com.amazonaws.sqs#InvalidMessageContents", message: "no\u001b[2J" };
    faulty.fail = ({ input }) =>
      String(input["MessageBody"]).includes("second") ? { status: 400, body: JSON.stringify(refusal) } : undefined;
    const readers = ["first", "second", "third"].map((Report_Account) => exampleEvent({ Report_Account }));
    const file = await fileWith(readers.map(eventLine).join(""));
    const queueUrl = queueReference(faulty.url, "events.fifo").ref;
    const { stdout, stderr, exitCode } = await run(main, "--file", file, "--queue-url", queueUrl, "--apply");
    expect(messages.length).toBe(2);
    expect(stdout).toContain("2 of 3 events put back.");
    expect(stderr).toMatch(/^not put back .*"second" read what "bob" wrote.* no\\u001b\[2J\n$/);
    expect(exitCode).toBe(1);
  });

  test("says that it waits for a log when standard input is a terminal", async () => {
    const terminal = Object.assign(Readable.from([eventLine()]), { isTTY: true });
    const { stdout, stderr, exitCode } = await run((argv, io) => main(argv, { ...io, stdin: terminal }));
    expect(stdout).toContain("1 of 1 event would be put back.");
    expect(stderr).toBe(
      "Reading the log from standard input: end it with Ctrl+D, or give a file with -- --file FILE.\n",
    );
    expect(exitCode).toBe(0);
  });

  test("names what it could not read, and ends with exit code 1", async () => {
    const file = await fileWith(`${eventLine()}${eventLine().slice(0, 200)}\nEVENTS\t${eventLine()}`);
    const { stdout, stderr, exitCode } = await run(main, "--file", file);
    expect(stdout).toContain("1 of 1 event would be put back.");
    expect(stderr).toBe(
      "1 line is cut (line 2): fetch the log again without --filter-pattern, or pass whole lines\n" +
        "1 line is not the function's own (line 3): pass the JSON that 'aws logs filter-log-events --output json' prints; 'aws logs tail' and '--output text' add to each line\n",
    );
    expect(exitCode).toBe(1);
  });

  test("names ten of many positions", async () => {
    const { stderr } = await run(main, "--file", await fileWith("no log\n".repeat(20)));
    expect(stderr).toContain("20 lines are not the function's own (line 1, line 2,");
    expect(stderr).toContain("line 10, …)");
  });

  test("prints what a log line contains without control characters", async () => {
    const event = exampleEvent({ Report_Account: "a\u001b[2J" });
    const metadata = { ...event.detail.metadata, receivedAt: "\u001b[2J", deduplicationId: "\u009b2J\n" };
    const line = eventLine({ ...event, detail: { ...event.detail, metadata } });
    const { stdout } = await run(main, "--file", await fileWith(line));
    expect(stdout).toMatch(/^would put back {2}\\u001b\[2J .*\\u009b2J\\u000a…\n1 of 1 event would be put back\.\n/);
    expect(stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  test("says which unverified requests become no event without --forward", async () => {
    const file = await fileWith(
      requestLine() + requestLine('{"Info":{"To_Account":"a"}}', { CallbackCommand: "State.StateChange" }),
    );
    const without = await run(main, "--file", file, ...UNVERIFIED);
    expect(without.stdout).toContain("1 of 1 event would be put back.");
    expect(without.stderr).toBe(
      "skipped  line 2: State.StateChange is not forwarded\nIf the stack forwards these callbacks, repeat its list with --forward.\n",
    );
    expect(without.exitCode).toBe(1);
    const { stdout, stderr, exitCode } = await run(main, "--file", file, ...UNVERIFIED, "--forward", "State.*");
    expect(stdout).toContain("State.StateChange");
    expect(stdout).toContain("2 of 2 events would be put back.");
    expect([stderr, exitCode]).toEqual(["", 0]);
  });

  test("fails if unverified requests belong to another app, as --sdk-app-id may be wrong", async () => {
    const options = ["--file", await fileWith(requestLine()), "--unverified", "--sdk-app-id", "1499999999"];
    const { stdout, stderr, exitCode } = await run(main, ...options);
    expect(stdout).toBe("No event found.\n");
    expect(stderr).toBe(
      "skipped  line 1: SdkAppid is another app's\nIf they came to this stack, correct --sdk-app-id.\n",
    );
    expect(exitCode).toBe(1);
  });

  test.each<[string, string, string]>([
    ["is no valid read report", '{"Report_Account":"a"}', "Peer_Account"],
    ["is a Verify", "", "a Verify has no event"],
  ])("skips an unverified request that %s, which is no failure", async (_what, body, reason) => {
    const file = await fileWith(requestLine(body));
    const { stdout, stderr, exitCode } = await run(main, "--file", file, ...UNVERIFIED, "--forward", "*");
    expect(stdout).toBe("No event found.\n");
    expect(stderr).toMatch(/^skipped {2}line 1: .*\n$/);
    expect(stderr).toContain(reason);
    expect(exitCode).toBe(0);
  });

  test("finds out that a bus does not exist, although PutEvents would succeed", async () => {
    await startBus();
    const options = ["--file", await fileWith(eventLine()), "--event-bus-name", "typo", "--apply"];
    const { stdout, stderr, exitCode } = await run(main, ...options);
    expect(stderr).toBe("--event-bus-name is 'typo': Event bus typo does not exist.\n");
    expect([stdout, exitCode]).toEqual(["", 1]);
  });

  test.each([
    [["--file", "/nowhere"], "--file can't be read: ENOENT"],
    [["--file", "/"], "--file can't be read: EISDIR"],
    [["--queue-url", "events"], "--queue-url is 'events': expected a queue's URL"],
    [
      ["--queue-url", "arn:aws:sqs:eu-central-1:123456789012:events.fifo"],
      "--queue-url is 'arn:aws:sqs:eu-central-1:123456789012:events.fifo': expected a queue's URL",
    ],
    [["--queue-url", "https://"], "--queue-url is 'https://': expected a queue's URL"],
    ...[[], ["--apply"]].map((apply): [string[], string] => [
      ["--queue-url", "http://127.0.0.1:1/1/q", "--event-bus-name", "bus", ...apply],
      "--queue-url and --event-bus-name are two destinations: expected only one of them",
    ]),
    [["--forward", "Group"], "--forward: 'Group' is neither a command"],
    [["--unverified", "--file", "/nowhere"], "--unverified needs --sdk-app-id: expected the stack's SDKAppID"],
    [["--apply", "--file", "/nowhere"], "--apply needs a destination: expected either --queue-url or --event-bus-name"],
    [[], "The log is empty: expected the JSON that 'aws logs filter-log-events --output json' prints"],
  ])("refuses %j with one line", async (options, message) => {
    const { stderr, exitCode } = await run(main, ...options);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n").length).toBe(1);
    expect(exitCode).toBe(1);
  });

  test("runs from npm", async () => {
    const { stdout, exitCode } = await runNpm("replay", "--file", await fileWith(eventLine()));
    expect(stdout).toContain("1 of 1 event would be put back.");
    expect(exitCode).toBe(0);
  });
});
