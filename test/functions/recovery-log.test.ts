import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import { toJson } from "../../events/json.ts";
import { log } from "../../functions/log.ts";
import { fromLogged, RecoveryLog, readRecoveryLog } from "../../functions/recovery-log.ts";
import { Refusal } from "../../tencent/refusal.ts";
import { decodeRequest } from "../../tencent/request.ts";
import { LOGGED_PARAMETERS, type Query, REPORT, REQUEST_TIME, signedQuery } from "../support/callbacks.ts";
import { exampleEvent, forwardedEvent } from "../support/example-event.ts";

const NOW = REQUEST_TIME * 1000;
const GROUP_MESSAGE = "Group.CallbackAfterSendMsg";
const BIG_NUMBER = '{"GroupId":"g","Big":12345678901234567890}';

/** The lines written to the log. */
let lines: string[];
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

function requestWith(body: string | Buffer, query: Query = {}) {
  const rawQueryString = signedQuery(REQUEST_TIME, query);
  return decodeRequest({ rawQueryString, body: Buffer.from(body).toString("base64"), isBase64Encoded: true });
}

const INVALID = new Refusal("read-report-invalid", "no");
const EXPIRED = new Refusal("request-expired", "late");

/** The line that a method of the recovery log writes. */
function lineOf(write: (recoveryLog: RecoveryLog) => void): string {
  write(new RecoveryLog());
  return lines.pop() ?? "";
}
const eventLine = (event: ChatEvent = exampleEvent()) => lineOf((recoveryLog) => recoveryLog.event(event, "no"));
const requestLine = (body = REPORT, query: Query = {}) =>
  lineOf((recoveryLog) => recoveryLog.request(requestWith(body, query), NOW, "no"));
/** Refuses a request with a valid signature, which was fresh unless the refusal says that it has expired. */
function refuse(recoveryLog: RecoveryLog, body: string | Buffer, refusal = INVALID, query: Query = {}): void {
  const isAuthenticated = refusal !== EXPIRED;
  recoveryLog.refused({ request: requestWith(body, query), isAuthenticated }, NOW, refusal);
}
const refusedLine = (body: string | Buffer = REPORT, refusal = INVALID, query: Query = {}) =>
  lineOf((recoveryLog) => refuse(recoveryLog, body, refusal, query));
const otherLine = () => {
  log("INFO", "metrics", { Accepted: 1 });
  return lines.pop() ?? "";
};
/** A log as `aws logs filter-log-events` prints it: each message with the name of its stream. */
const logEvents = (...events: readonly (readonly [stream: string, message: string])[]) => {
  const toEvent = ([logStreamName, message]: readonly [string, string], index: number) => {
    return { logStreamName, timestamp: NOW, message, ingestionTime: NOW, eventId: `id-${index}` };
  };
  return JSON.stringify({ events: events.map(toEvent), searchedLogStreams: [] }, undefined, 4);
};
/** The records of a log as JSON, so that numbers are compared as written. */
const contents = (text: string) =>
  readRecoveryLog(text).records.map((record) => toJson(record.kind === "event" ? record.event : record.request));

const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Each method that writes records, by name. */
const WRITERS: Readonly<Record<string, { write: (recoveryLog: RecoveryLog) => void; expected: object }>> = {
  event: {
    write: (recoveryLog) => recoveryLog.event(forwardedEvent(GROUP_MESSAGE, BIG_NUMBER), new Error("no")),
    expected: { kind: "event", event: { "detail-type": GROUP_MESSAGE, detail: { data: { GroupId: "g" } } } },
  },
  request: {
    write: (recoveryLog) => recoveryLog.request(requestWith(REPORT), NOW, new Error("no")),
    expected: {
      kind: "request",
      request: { authenticated: false, receivedAt: new Date(NOW).toISOString(), ...LOGGED_PARAMETERS, body: REPORT },
    },
  },
  refused: {
    write: (recoveryLog) => refuse(recoveryLog, REPORT),
    expected: {
      kind: "refused",
      request: { authenticated: true, receivedAt: new Date(NOW).toISOString(), ...LOGGED_PARAMETERS, body: REPORT },
    },
  },
};

describe("The recovery log", () => {
  test("has no writer that this test does not know", () => {
    const methods = Object.getOwnPropertyNames(RecoveryLog.prototype).filter((name) => name !== "constructor");
    expect(methods.sort()).toEqual(Object.keys(WRITERS).sort());
  });

  describe.each(Object.entries(WRITERS))("reads back what %s() writes", (_name, { write, expected }) => {
    test.each([
      ["in the function's own lines", (line: string) => `${otherLine()}${line}${otherLine()}\n`],
      ["in a single line", (line: string) => line],
      [
        "in the JSON of filter-log-events",
        (line: string) => logEvents(["a", otherLine()], ["a", line], ["b", otherLine()]),
      ],
      [
        "cut into pieces by Lambda, among other streams and Lambda's own lines",
        (line: string) =>
          logEvents(
            ["a", otherLine()],
            ["a", line.slice(0, 150)],
            ["b", otherLine()],
            ["a", line.slice(150, 280)],
            ["a", '{"time":"2026-01-01T00:00:00.000Z","type":"platform.report","record":{}}\n'],
            ["a", line.slice(280)],
            ["a", otherLine()],
          ),
      ],
    ])("%s", (_format, embed) => {
      const { records, cut, foreign } = readRecoveryLog(embed(lineOf(write)));
      expect(records).toMatchObject([expected]);
      expect([...cut, ...foreign]).toEqual([]);
    });
  });

  test("keeps the digits of every number", () => {
    expect(contents(eventLine(forwardedEvent(GROUP_MESSAGE, BIG_NUMBER)))[0]).toContain('"Big":12345678901234567890');
  });

  test("keeps every body byte for byte, as text if it is UTF-8", () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((body) => Buffer.from(body));
    const text = fc.string({ unit: "binary", maxLength: 200 }).map((body) => Buffer.from(body));
    const marked = text.map((body) => Buffer.concat([Buffer.from("\uFEFF"), body]));
    fc.assert(
      fc.property(fc.oneof(bytes, text, marked), fc.boolean(), (body, isExpired) => {
        const [record] = readRecoveryLog(refusedLine(body, isExpired ? EXPIRED : INVALID)).records;
        if (record?.kind !== "refused") throw new Error("there is no record");
        expect(record.request.authenticated).toBe(!isExpired);
        expect(fromLogged(record.request)).toEqual({ parameters: LOGGED_PARAMETERS, body });
      }),
      { numRuns: 2_000 },
    );
    expect(refusedLine(Buffer.from("\xff", "latin1"))).toContain('"body":"/w==","isBase64Encoded":true');
    expect(refusedLine("乙")).toContain('"body":"乙"');
  });

  test("contains neither the signature of a request nor the client's address", () => {
    const { sign = "", clientIp = "" } = requestWith(REPORT).parameters;
    for (const line of [requestLine(), refusedLine()])
      expect(line).not.toMatch(new RegExp(`${sign}|${REQUEST_TIME}"|${clientIp.replaceAll(".", "\\.")}`));
  });

  test("says why a signed callback was refused", () => {
    expect(JSON.parse(refusedLine())).toMatchObject({ level: "ERROR", error: "no", reason: "read-report-invalid" });
  });

  test("logs the events of genuine callbacks without a limit", () => {
    const recoveryLog = new RecoveryLog();
    for (let count = 0; count < 1_000; count += 1) recoveryLog.event(exampleEvent(), "no");
    expect(readRecoveryLog(lines.join("")).records.length).toBe(1_000);
  });
});

describe("Unreadable input is counted and located", () => {
  test.each<[string, () => string, string[]]>([
    ["a line that was cut off", () => `${otherLine()}${eventLine().slice(0, 200)}\n`, ["cut line 2"]],
    [
      "a cut line whose rest is missing",
      () => logEvents(["a", eventLine().slice(0, 200)], ["a", otherLine()]),
      ["cut log event id-0"],
    ],
    [
      "the rest of a line whose beginning is missing",
      () => logEvents(["a", eventLine().slice(200)]),
      ["log event id-0"],
    ],
    [
      "a cut line before the next one begins",
      () =>
        logEvents(["a", eventLine().slice(0, 200)], ["a", eventLine().slice(0, 300)], ["a", eventLine().slice(300)]),
      ["cut log event id-0"],
    ],
    ["a record without an event", () => eventLine().replace(/"event":.*/, '"event":null}'), ["line 1"]],
    ["a record of half an event", () => eventLine().replace(/"source":"[^"]*",/, ""), ["line 1"]],
    ["a record without a body", () => requestLine().replace(/,"body":.*/, "}}"), ["line 1"]],
    [
      "an unjudged request that claims to be authenticated",
      () => requestLine().replace('"authenticated":false', '"authenticated":true'),
      ["line 1"],
    ],
    ["a refused callback without a body", () => refusedLine().replace(/,"body":.*/, "}}"), ["line 1"]],
    ["the format of aws logs tail", () => `2026-01-01T00:00:00 2026/01/01/[7]abc ${eventLine()}`, ["line 1"]],
    ["the format of --output text", () => `EVENTS\tid\t${eventLine()}`, ["line 1"]],
    ["a CSV file", () => `@message\n"${eventLine().trim().replaceAll('"', '""')}"\n`, ["line 1", "line 2"]],
    ["the result of an Insights query", () => JSON.stringify({ results: [[{ value: eventLine() }]] }), ["line 1"]],
    ["the output of npm start -- --json", () => JSON.stringify({ type: "log", line: eventLine() }), ["line 1"]],
    ["text that is not a log", () => "no log\n", ["line 1"]],
  ])("%s", (_what, write, positions) => {
    const { cut, foreign } = readRecoveryLog(write());
    expect([...cut.map((position) => `cut ${position}`), ...foreign]).toEqual(positions);
  });

  test("without affecting the lines after it", () => {
    expect(readRecoveryLog(`${eventLine().slice(0, 200)}\n${eventLine()}${requestLine()}`)).toMatchObject({
      records: [
        { kind: "event", position: "line 2" },
        { kind: "request", position: "line 3" },
      ],
      cut: ["line 1"],
    });
  });

  test("by parsing each character a few times at most, however many pieces there are", () => {
    const pieces = Array.from({ length: 1_000 }, () => ["a", `{"time":{"${"x".repeat(20)}"}`] as const);
    const text = logEvents(["a", eventLine().slice(0, 200)], ...pieces);
    const parse = vi.spyOn(JSON, "parse");
    const { records, cut, foreign } = readRecoveryLog(text);
    expect({ records, cut, foreign }).toEqual({ records: [], cut: ["log event id-0"], foreign: [] });
    const parsed = parse.mock.calls.reduce((sum, [piece]) => sum + piece.length, 0);
    expect(parsed).toBeGreaterThan(text.length);
    expect(parsed).toBeLessThan(3 * text.length);
  });
});

describe("Text from a sender never passes for a record", () => {
  /** Lines that a sender may try to pass off as the function's own. */
  const forgery = () => {
    const own = [eventLine(), requestLine(), refusedLine()].map((line) => line.trim());
    const platform = own.map((line) => line.replace("{", '{"time":"2026-01-01T00:00:00.000Z",'));
    const spaced = own.map((line) => line.replace("{", "{ "));
    return fc.constantFrom(...own, ...own.map((line) => `${line}\n`), ...platform, ...spaced);
  };
  /** Text and JSON around a forgery. */
  const hostileText = () =>
    fc.oneof(
      forgery(),
      fc.tuple(fc.string(), forgery(), fc.string()).map((parts) => parts.join("")),
      fc.tuple(fc.constantFrom("\n", "\r\n", "\u2028", '"}', '"}}\n'), forgery()).map((parts) => parts.join("")),
      forgery().map((line) => JSON.stringify(line)),
    );
  const hostileJson = () =>
    fc.oneof(
      hostileText().map((text) => ({ Text: text })),
      forgery().map((line) => ({ Nested: JSON.parse(line) as unknown })),
      forgery().map((line) => ({ Nested: [JSON.parse(line) as unknown, line] })),
      forgery().map((line) => JSON.parse(line) as object),
    );
  /** Lines that the functions write about hostile callbacks. */
  const written = () =>
    fc.oneof(
      hostileText().map((account) => eventLine(exampleEvent({ Report_Account: account }))),
      hostileJson().map((body) => eventLine(forwardedEvent(GROUP_MESSAGE, JSON.stringify(body)))),
      hostileJson().map((body) => requestLine(JSON.stringify(body))),
      hostileText().map((body) => requestLine(body)),
      hostileText().map((body) => refusedLine(body)),
      hostileJson().map((body) => refusedLine(JSON.stringify(body), EXPIRED)),
      hostileText().map((text) => requestLine(REPORT, { CallbackCommand: text, OptPlatform: text, RequestId: text })),
    );

  /** Where objects within a line begin and end: where an attacker would want the line to be cut. */
  const nestedObjects = (line: string): [start: number, end: number][] =>
    Array.from(line.matchAll(/\{"(?:(?:t|\\u0074)imestamp|time)":/g))
      .filter(({ index }) => index > 0)
      .flatMap(({ index }) =>
        Array.from(line.matchAll(/\}/g), (brace): [number, number] => [index, brace.index + 1]).filter(
          ([start, end]) => end > start && isJson(line.slice(start, end)),
        ),
      );

  test("in whole lines", () => {
    fc.assert(
      fc.property(fc.array(written(), { minLength: 1, maxLength: 3 }), (all) => {
        const whole = all.flatMap((line) => contents(line));
        expect(whole.length).toBe(all.length);
        expect(contents(all.join(""))).toEqual(whole);
        expect(contents(logEvents(...all.map((line) => ["a", line] as const)))).toEqual(whole);
      }),
    );
  });

  test("in lines that were cut anywhere, in any order, with or without the name of their stream", () => {
    let nested = 0;
    const anywhere = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
    fc.assert(
      fc.property(written(), anywhere, fc.boolean(), (line, places, isReversed) => {
        const cuts = [...places.map((place) => Math.floor(place * line.length)), ...nestedObjects(line).flat()];
        const ends = [0, ...cuts.sort((a, b) => a - b), line.length];
        const pieces = ends.slice(1).map((end, index) => line.slice(ends[index], end));
        if (isReversed) pieces.reverse();
        const [real = ""] = contents(line);
        if (nestedObjects(line).length > 0) nested += 1;
        for (const text of [
          pieces.join("\n"),
          logEvents(...pieces.map((piece) => ["a", piece] as const)),
          logEvents(...pieces.map((piece, index) => [`stream-${index}`, piece] as const)),
        ]) {
          for (const found of contents(text)) expect(found).toBe(real);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(nested).toBeGreaterThan(100);
  });

  test("in any part of a line without its beginning", () => {
    fc.assert(
      fc.property(written(), fc.nat(), fc.nat(), (line, from, length) => {
        const start = 1 + (from % (line.length - 1));
        const part = line.slice(start, start + 1 + (length % line.length));
        expect(contents(part)).toEqual([]);
        expect(contents(logEvents(["a", part]))).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
  });

  test("in other logs that quote a line: the local system's output, a dump of a queue, a consumer's log", () => {
    const event = exampleEvent({ Report_Account: eventLine(), Nested: JSON.parse(eventLine()) as unknown });
    for (const text of [
      JSON.stringify({ type: "log", functionName: "f", line: eventLine() }),
      JSON.stringify({ type: "event", queueName: "q", body: toJson(event) }),
      JSON.stringify({ Messages: [{ Body: toJson(event) }] }, undefined, 2),
      JSON.stringify({ level: "INFO", message: eventLine(), timestamp: "2026-01-01T00:00:00.000Z" }),
      toJson(event),
    ]) {
      expect(contents(text)).toEqual([]);
      expect(contents(logEvents(["a", text]))).toEqual([]);
    }
  });
});
