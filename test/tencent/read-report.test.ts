import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../tencent/json.ts";
import { readReadReport } from "../../tencent/read-report.ts";
import { READ_REPORT, REQUEST_TIME } from "../support/callbacks.ts";

const WHOLE_NUMBERS = ["LastReadTime", "UnreadMsgNum", "EventTime"] as const;

const read = (body: JsonObject) => readReadReport(body, REQUEST_TIME * 1000);

describe("A read report", () => {
  test("keeps documented and unknown fields as received", () => {
    const body = { ...READ_REPORT, New: { a: [null, "x"] }, constructor: "c" };
    expect(read(body)).toEqual(body);
    expect(Object.keys(read(body)).sort()).toEqual(Object.keys(body).sort());
  });

  test("gets its command filled in if the body names none", () => {
    const { CallbackCommand, ...body } = READ_REPORT;
    expect(read(body)).toEqual({ CallbackCommand, ...body });
  });

  test("needs neither UnreadMsgNum nor EventTime, and gets no default for them", () => {
    const { UnreadMsgNum: _1, EventTime: _2, ...body } = READ_REPORT;
    expect(read(body)).toEqual(body);
  });

  test.each(WHOLE_NUMBERS)("contains %s as a number, whatever notation Tencent used", (name) => {
    for (const written of [5, "5", "005", JSON.rawJSON("5.0"), JSON.rawJSON("5E+0")]) {
      expect(read({ ...READ_REPORT, [name]: written })[name]).toBe(5);
    }
    const largest = name === "LastReadTime" ? REQUEST_TIME + 86_400 : Number.MAX_SAFE_INTEGER;
    expect(read({ ...READ_REPORT, [name]: String(largest) })[name]).toBe(largest);
  });

  test.each(WHOLE_NUMBERS)("is refused, naming the field, if %s is not a whole number", (name) => {
    for (const wrong of [
      -1,
      0.5,
      2 ** 53,
      "2e3",
      "-1",
      "",
      " 5",
      "9".repeat(400),
      JSON.rawJSON("5.00000000000000000001"),
      true,
      null,
      [],
      {},
    ]) {
      expect(() => read({ ...READ_REPORT, [name]: wrong })).toThrow(new RegExp(`${name} is wrong: expected`));
    }
  });

  test("is refused if its LastReadTime is more than a day after receipt, because it would hide later reads", () => {
    const [latest, receivedAt] = [REQUEST_TIME + 86_400, REQUEST_TIME * 1000];
    expect(readReadReport({ ...READ_REPORT, LastReadTime: latest }, receivedAt).LastReadTime).toBe(latest);
    for (const [LastReadTime, at] of [
      [latest, receivedAt - 1],
      [latest + 1, receivedAt],
      [String(latest + 1), receivedAt],
      [REQUEST_TIME * 1000, receivedAt],
    ] as const) {
      expect(() => readReadReport({ ...READ_REPORT, LastReadTime }, at)).toThrow(
        expect.objectContaining({
          reason: "read-report-invalid",
          message: "LastReadTime is wrong: expected seconds, at most a day after receipt",
        }),
      );
    }
  });

  test.each(["Report_Account", "Peer_Account"])("is refused, naming the field, if %s is not a UserID", (name) => {
    for (const wrong of ["", 5, null, {}, ["a"]]) {
      expect(() => read({ ...READ_REPORT, [name]: wrong })).toThrow(new RegExp(`${name} is wrong: expected`));
    }
  });

  test.each(["Report_Account", "Peer_Account", "LastReadTime"])(
    "is refused, naming the field, if %s is missing",
    (name) => {
      const body = Object.fromEntries(Object.entries(READ_REPORT).filter(([key]) => key !== name));
      expect(() => read(body)).toThrow(new RegExp(`^${name} is missing$`));
    },
  );

  test("may contain any UserID", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (account) => {
        expect(read({ ...READ_REPORT, Report_Account: account }).Report_Account).toBe(account);
      }),
    );
  });
});
