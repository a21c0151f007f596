import { describe, expect, test } from "vitest";
import type { Print } from "../../../bin/shared/command.ts";
import { humanReporter, jsonReporter, type Reporter } from "../../../bin/start/reporters.ts";
import { NO_FORWARDING, parseForwarding } from "../../../events/forwarding.ts";
import { toJson } from "../../../events/json.ts";
import { FunctionError } from "../../../local/function-process.ts";
import type { ReceivedRequest } from "../../../local/http-api.ts";
import { exampleEvent, forwardedEvent } from "../../support/example-event.ts";

const READY = {
  callbackUrl: "http://127.0.0.1:8787/callback",
  sdkAppId: "1400000001",
  token: "it's secret",
  sqsEndpoint: "http://127.0.0.1:1",
  queueUrl: "http://127.0.0.1:1/000000000000/queue.fifo",
  standbyQueueUrl: "http://127.0.0.1:1/000000000000/standby",
};
const PARKED = JSON.stringify({ parkedRequest: { rawQueryString: "Sign=a-signature" }, receivedAt: 1 });

/** Creates a reporter that prints to an array of lines. */
function report(makeReporter: (print: Print) => Reporter) {
  const lines: string[] = [];
  return { reporter: makeReporter((line) => lines.push(line)), lines };
}

/** What a reporter prints after the page that it begins with. */
function printed(makeReporter: (print: Print) => Reporter, tell: (reporter: Reporter) => void): string[] {
  const { reporter, lines } = report(makeReporter);
  reporter.ready(READY);
  tell(reporter);
  return lines.slice(1);
}

/** The reporter for people where nothing but the read report is forwarded. */
const forPeople = (print: Print) => humanReporter(print, NO_FORWARDING);

/** A request whose query names a command. */
const received = (CallbackCommand?: string, body = "{}"): ReceivedRequest => ({
  ...{ id: "1", method: "POST", path: "/callback", body: Buffer.from(body), receivedAt: 1 },
  rawQueryString: CallbackCommand === undefined ? "" : String(new URLSearchParams({ CallbackCommand })),
});

const message = (body: string) => (reporter: Reporter) =>
  reporter.sent?.({ queueName: "queue", messageId: "1", body, dropped: false });

describe.each([
  ["people", forPeople],
  ["programs", jsonReporter],
])("The report for %s", (_whom, makeReporter) => {
  test("reports a parked request without its signature", () => {
    const lines = printed(makeReporter, message(PARKED));
    expect(lines).toEqual([expect.stringContaining("message")]);
    expect(lines.join()).not.toContain("a-signature");
  });

  test.each(["text", "null", "{}", '{"detail":{}}'])("accepts a message of another sender: %s", (body) => {
    expect(printed(makeReporter, message(body))).toEqual([expect.stringContaining("message")]);
  });

  test("reports a forwarded callback", () => {
    const event = forwardedEvent("Group.CallbackAfterSendMsg", '{"GroupId":"@TGS#1"}');
    const [line, ...others] = printed(makeReporter, message(toJson(event)));
    expect(line).toMatch(/event.*Group\.CallbackAfterSendMsg/);
    expect(line).toMatch(/@TGS#1/);
    expect(others).toEqual([]);
  });

  test("keeps an event of another sender on one line, whatever its type", () => {
    const event = { ...exampleEvent(), "detail-type": "two\nlines" };
    expect(printed(makeReporter, message(toJson(event)))).toEqual([expect.not.stringContaining("\n")]);
  });

  test("reports repeats and failures", () => {
    const lines = printed(makeReporter, (reporter) => {
      reporter.sent?.({ queueName: "queue", messageId: "1", body: toJson(exampleEvent()), dropped: true });
      reporter.failure(new FunctionError("callback crashed"));
    });
    expect(lines).toEqual([expect.stringContaining("repeat"), expect.stringContaining("callback crashed")]);
  });

  test.each([
    [200, '{"ActionStatus":"FAIL","ErrorInfo":"no"}', ["FAIL", "no"]],
    [500, '{"message":"Internal Server Error"}', ["FAIL", "Internal Server Error"]],
    [502, "<html>", ["FAIL", "status 502 without JSON"]],
    [200, '{"ActionStatus":"OK"}', ["OK"]],
    [200, '{"ActionStatus":"OK","ErrorCode":120001,"ErrorInfo":"rude"}', ["OK", "not allowed: 120001 rude"]],
  ])("reports a reply with %i %s: %j", (statusCode, responseBody, words) => {
    const exchange = { request: received(), statusCode, responseBody, milliseconds: 1 };
    const [line = ""] = printed(makeReporter, (reporter) => reporter.exchange(exchange));
    for (const word of words) expect(line).toContain(word);
  });

  test.each([
    [{ reply: { statusCode: 200, body: '{"ActionStatus":"OK"}' } }, ["200", "OK"]],
    [{ reply: { statusCode: 403, body: '{"ActionStatus":"FAIL","ErrorInfo":"no"}' } }, ["403", "FAIL", "no"]],
    [{ reply: { statusCode: 500, body: "<html>" } }, ["500", "FAIL", "without JSON"]],
    [{ problem: "no reply in time", fault: "hang" }, ["no reply in time"]],
  ] as const)("reports a callback whose relaying ended with %j: %j", (outcome, words) => {
    const call = { requestId: "1", command: "A.B\nC", milliseconds: 12.34, ...outcome };
    const [line = "", ...others] = printed(makeReporter, (reporter) => reporter.relayed?.(call));
    expect(others).toEqual([]);
    for (const word of ["relayed", '"A.B\\nC"', "12.3", ...words]) expect(line).toContain(word);
  });

  test("masks a signature that the handler's reply quotes", () => {
    const body = '{"ActionStatus":"FAIL","ErrorInfo":"no route to /callback?Sign=a-signature"}';
    const lines = printed(makeReporter, (reporter) => {
      const reply = { statusCode: 404, body };
      reporter.relayed?.({ requestId: "1", command: "A.B", reply, milliseconds: 1 });
      reporter.exchange({ request: received("A.B"), statusCode: 404, responseBody: body, milliseconds: 1 });
    });
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toContain("no route to /callback?Sign=•••");
  });

  test("begins with the page, whatever happened before it", () => {
    const { reporter, lines } = report(makeReporter);
    reporter.log("fn", "early");
    expect(lines).toEqual([]);
    reporter.ready(READY);
    expect(lines).toEqual([expect.stringContaining(READY.callbackUrl), expect.stringContaining("early")]);
  });
});

describe("The report for people", () => {
  test("reports an event whose time exceeds the range of a date", () => {
    const event = toJson(exampleEvent({ LastReadTime: Number.MAX_SAFE_INTEGER }));
    expect(printed(forPeople, message(event))).toEqual([
      expect.stringContaining(`"alice" read what "bob" wrote up to ${Number.MAX_SAFE_INTEGER} s`),
    ]);
  });

  test.each([
    ["C2C.CallbackAfterSendMsg", { From_Account: "bob", To_Account: "a\nb" }, ' of conversation "a\\nb", "bob"'],
    ["State.StateChange", { Info: { To_Account: "alice" } }, ' of account "alice"'],
    ["Alert.RequestOverLimit", { Command: "sendmsg" }, ""],
    ["Group.CallbackAfterSendMsg", { GroupId: "" }, ""],
    ["New.CallbackAfterAll", { GroupId: "g" }, ""],
  ])("names the group that keeps the order of %s, on one line", (command, data, unit) => {
    const [line, ...others] = printed(forPeople, message(toJson(forwardedEvent(command, JSON.stringify(data)))));
    expect(others).toEqual([]);
    expect(line).toContain(`event      ${command}${unit}  `);
  });

  test("keeps a callback on one line, whatever its command", () => {
    const request = received("A.B\n12:00:00  200 OK  \u001b[2J", '{"a":1}');
    const exchange = { request, statusCode: 401, responseBody: "{}", milliseconds: 1 };
    const [line = "", ...others] = printed(forPeople, (reporter) => reporter.exchange(exchange));
    expect(others).toEqual([]);
    expect(line).toContain('"A.B\\n12:00:00  200 OK  \\u001b[2J"');
    for (const character of ["\n", "\u001b"]) expect(line).not.toContain(character);
  });

  test.each([
    ["Group.CallbackAfterSendMsg", "OK", "ms"],
    ["State.StateChange", "OK", "no event: not forwarded"],
    ["C2C.CallbackAfterMsgReport", "OK", "ms"],
    ["Group.CallbackBeforeSendMsg", "OK", "no event: a before-callback is only forwarded by its own name"],
    ["", "OK", "ms"],
    ["State.StateChange", "FAIL", "wrong"],
    ["C2C.CallbackAfterMsgReport", "OK", "no event: Verify", "{}"],
    ["Group.CallbackAfterSendMsg", "OK", "no event: Verify", ""],
    ["C2C.CallbackAfterMsgReport", "FAIL", "wrong", ""],
  ])(
    "explains whether %s that is answered %s becomes an event: %s",
    (CallbackCommand, ActionStatus, told, body = "[]") => {
      const exchange = {
        ...{ request: received(CallbackCommand, body), statusCode: 200, milliseconds: 1 },
        responseBody: JSON.stringify({ ActionStatus, ErrorInfo: ActionStatus === "OK" ? "" : "wrong" }),
      };
      const [line = ""] = printed(
        (print) => humanReporter(print, parseForwarding("Group.*")),
        (reporter) => reporter.exchange(exchange),
      );
      expect(line).toContain(`${CallbackCommand}  `);
      expect(line.includes("no event")).toBe(told.includes("no event"));
      expect(line).toContain(told);
    },
  );

  test("quotes the token for a shell", () => {
    const { reporter, lines } = report(forPeople);
    reporter.ready(READY);
    expect(lines[0]).toContain("--token 'it'\\''s secret'");
  });

  test("names the bus, if events go to one", () => {
    const { reporter, lines } = report(forPeople);
    reporter.ready(READY, "my-bus");
    reporter.ready(READY);
    expect(lines[0]).toMatch(/\n {2}Event bus +my-bus\n/);
    expect(lines[1]).not.toContain("Event bus");
  });

  test("names the existing handler, if callbacks are relayed to one", () => {
    const pageOf = (relayUrl?: string) => {
      const { reporter, lines } = report((print) => humanReporter(print, NO_FORWARDING, relayUrl));
      reporter.ready(READY);
      return lines.join();
    };
    expect(pageOf("http://127.0.0.1:3000/")).toMatch(/\n {2}Existing handler +http:\/\/127\.0\.0\.1:3000\/\n/);
    expect(pageOf()).not.toContain("handler");
  });

  test("escapes control characters in what it did not write itself", () => {
    const [line = ""] = printed(forPeople, (reporter) => reporter.log("fn", "\u001b[2J\u009b2J\r"));
    expect(line).toMatch(/fn {2}\\u001b\[2J\\u009b2J\\u000d$/);
  });

  const log = (line: string) => printed(forPeople, (reporter) => reporter.log("fn", line));

  test("prints what the function logs", () => {
    expect(log('{"level":"WARN"}')).toEqual([expect.stringMatching(/log {8}fn {2}\{"level":"WARN"\}$/)]);
  });

  test.each(["metrics", "a callback was refused"])(
    "leaves out the log line '%s', because it reports each callback itself",
    (message) => {
      expect(log(JSON.stringify({ level: "INFO", message, Accepted: 1 }))).toEqual([]);
    },
  );
});
