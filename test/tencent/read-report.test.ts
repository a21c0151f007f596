import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readReadReport } from "../../tencent/read-report.ts";
import { READ_REPORT } from "../support/callbacks.ts";

const WHOLE_NUMBERS = ["LastReadTime", "UnreadMsgNum", "EventTime"] as const;

describe("A read report", () => {
  test("keeps documented and unknown fields as received", () => {
    const body = { ...READ_REPORT, New: { a: [null, "x"] }, constructor: "c" };
    expect(readReadReport(body)).toEqual(body);
    expect(Object.keys(readReadReport(body)).sort()).toEqual(Object.keys(body).sort());
  });

  test("gets its command filled in if the body names none", () => {
    const { CallbackCommand, ...body } = READ_REPORT;
    expect(readReadReport(body)).toEqual({ CallbackCommand, ...body });
  });

  test("needs neither UnreadMsgNum nor EventTime, and gets no default for them", () => {
    const { UnreadMsgNum: _1, EventTime: _2, ...body } = READ_REPORT;
    expect(readReadReport(body)).toEqual(body);
  });

  test.each(WHOLE_NUMBERS)("contains %s as a number, whatever notation Tencent used", (name) => {
    for (const written of [5, "5", "005", JSON.rawJSON("5.0"), JSON.rawJSON("5E+0")]) {
      expect(readReadReport({ ...READ_REPORT, [name]: written })[name]).toBe(5);
    }
    const largest = Number.MAX_SAFE_INTEGER;
    expect(readReadReport({ ...READ_REPORT, [name]: String(largest) })[name]).toBe(largest);
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
      expect(() => readReadReport({ ...READ_REPORT, [name]: wrong })).toThrow(new RegExp(`${name} is wrong: expected`));
    }
  });

  test.each(["Report_Account", "Peer_Account"])("is refused, naming the field, if %s is not a UserID", (name) => {
    for (const wrong of ["", 5, null, {}, ["a"]]) {
      expect(() => readReadReport({ ...READ_REPORT, [name]: wrong })).toThrow(new RegExp(`${name} is wrong: expected`));
    }
  });

  test.each(["Report_Account", "Peer_Account", "LastReadTime"])(
    "is refused, naming the field, if %s is missing",
    (name) => {
      const body = Object.fromEntries(Object.entries(READ_REPORT).filter(([key]) => key !== name));
      expect(() => readReadReport(body)).toThrow(new RegExp(`^${name} is missing$`));
    },
  );

  test("may contain any UserID", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (account) => {
        expect(readReadReport({ ...READ_REPORT, Report_Account: account }).Report_Account).toBe(account);
      }),
    );
  });
});
