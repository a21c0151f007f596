import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  MAX_REFUSED_BYTES_PER_MINUTE,
  MAX_REQUEST_BYTES_PER_MINUTE,
  MAX_REQUESTS_PER_MINUTE,
  RecoveryLog,
} from "../../../functions/recovery-log.ts";
import { Refusal } from "../../../tencent/refusal.ts";
import { decodeRequest } from "../../../tencent/request.ts";
import { type Query, REPORT, REQUEST_TIME, signedQuery } from "../../support/callbacks.ts";

const NOW = REQUEST_TIME * 1000;
const INVALID = new Refusal("read-report-invalid", "no");
const EXPIRED = new Refusal("request-expired", "late");

/** The lines written to the log. */
let lines: string[];
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

const requestWith = (body: string, query: Query = {}) =>
  decodeRequest({ rawQueryString: signedQuery(REQUEST_TIME, query), body, isBase64Encoded: false });

function refuse(recoveryLog: RecoveryLog, body: string, refusal = INVALID, query: Query = {}): void {
  recoveryLog.refused({ request: requestWith(body, query), isAuthenticated: refusal !== EXPIRED }, NOW, refusal);
}

describe("In a minute, the recovery log takes", () => {
  const REQUEST = "a request could not be judged";
  const REFUSED = "a signed callback was refused";
  const TOO_MANY = "too many requests to log all of them";
  const logged = () => lines.map((line) => JSON.parse(line) as { message: string; dropped?: number });
  const countOf = (message: string) => logged().filter((line) => line.message === message).length;
  const bytesOf = (message: string) =>
    lines.filter((line) => line.includes(message)).reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  const request = (recoveryLog: RecoveryLog, body: string, at = NOW) =>
    recoveryLog.request(requestWith(body), at, "no");
  const repeat = (times: number, action: (index: number) => void) => {
    for (let index = 0; index < times; index += 1) action(index);
  };

  test("300 requests that were never authenticated, and says how many more there were", () => {
    const recoveryLog = new RecoveryLog();
    repeat(1_000, (index) => request(recoveryLog, REPORT, NOW + index));
    expect(countOf(REQUEST)).toBe(MAX_REQUESTS_PER_MINUTE);
    expect(logged().flatMap(({ dropped = [] }) => dropped)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
    request(recoveryLog, REPORT, NOW + 60_000);
    expect(countOf(REQUEST)).toBe(MAX_REQUESTS_PER_MINUTE + 1);
  });

  test("as much again after the clock was set back", () => {
    const recoveryLog = new RecoveryLog();
    repeat(MAX_REQUESTS_PER_MINUTE + 1, () => request(recoveryLog, REPORT));
    repeat(2, () => request(recoveryLog, REPORT, NOW - 3_600_000));
    expect(countOf(REQUEST)).toBe(MAX_REQUESTS_PER_MINUTE + 2);
  });

  test("24,000 signed read reports that were refused, because a change of format would refuse all", () => {
    const recoveryLog = new RecoveryLog();
    repeat(24_000, () => refuse(recoveryLog, REPORT));
    expect([countOf(REFUSED), countOf(TOO_MANY)]).toEqual([24_000, 0]);
  });

  test.each<[string, number, string, (recoveryLog: RecoveryLog, body: string, query: Query) => void]>([
    [
      "never authenticated",
      MAX_REQUEST_BYTES_PER_MINUTE,
      REQUEST,
      (recoveryLog, body, query) => recoveryLog.request(requestWith(body, query), NOW, "no"),
    ],
    [
      "refused",
      MAX_REFUSED_BYTES_PER_MINUTE,
      REFUSED,
      (recoveryLog, body, query) => refuse(recoveryLog, body, INVALID, query),
    ],
    [
      "expired",
      MAX_REQUEST_BYTES_PER_MINUTE,
      REFUSED,
      (recoveryLog, body, query) => refuse(recoveryLog, body, EXPIRED, query),
    ],
  ])(
    "so many bytes and a line of requests that were %s, wherever their bytes are: %d",
    (_what, limit, message, write) => {
      for (const [body, query] of [
        ["\u0001".repeat(256 * 1024), {}],
        ["[", { OptPlatform: "\u0001".repeat(8_000) }],
      ] as const) {
        lines = [];
        const recoveryLog = new RecoveryLog();
        repeat(400, () => write(recoveryLog, body, query));
        const longest = Math.max(...lines.map((line) => line.length));
        expect(countOf(TOO_MANY)).toBeGreaterThan(0);
        expect(bytesOf(message)).toBeGreaterThanOrEqual(limit);
        expect(bytesOf(message)).toBeLessThan(limit + longest);
      }
    },
  );

  test("signed callbacks, however many others there are that strangers can send", () => {
    const recoveryLog = new RecoveryLog();
    const large = "\u0001".repeat(256 * 1024);
    repeat(10, () => {
      request(recoveryLog, large);
      refuse(recoveryLog, large, EXPIRED);
    });
    expect(countOf(TOO_MANY)).toBeGreaterThan(0);
    lines = [];
    refuse(recoveryLog, REPORT);
    expect(countOf(REFUSED)).toBe(1);
  });

  test("no body of more than 256 KiB, and says so", () => {
    const recoveryLog = new RecoveryLog();
    refuse(recoveryLog, "x".repeat(256 * 1024));
    expect(countOf(REFUSED)).toBe(1);
    lines = [];
    repeat(5, () => refuse(recoveryLog, "x".repeat(256 * 1024 + 1)));
    const expected = {
      level: "WARN",
      message: "a signed callback is too large to log",
      kind: "refused",
      bytes: 256 * 1024 + 1,
    };
    expect(logged()).toMatchObject([1, 2, 4].map((dropped) => ({ ...expected, dropped })));
  });
});
