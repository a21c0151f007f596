import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeText, isEmptyBody, parseJsonObject, toWholeNumber } from "../../tencent/json.ts";

const roundTrip = (text: string) => JSON.stringify(parseJsonObject(text));

describe("A JSON body", () => {
  test.each([
    ["an integer beyond 2^53", '{"a":9007199254740993}'],
    ["a negative integer beyond 2^53", '{"a":[-123456789012345678901234567890]}'],
    ["a decimal that a double cannot hold", '{"a":0.1234567890123456789}'],
    ["a decimal with trailing zeros", '{"a":1.50}'],
    ["an exponent", '{"a":1e3,"b":1E+400}'],
    ["negative zero", '{"a":-0}'],
    ["a lone surrogate", '{"a":"\\ud800"}'],
    ["keys that Object.prototype also has", '{"__proto__":{"a":1},"constructor":2,"toString":3}'],
    ["an empty key", '{"":0}'],
    ["emoji and Chinese", '{"用户":"😀"}'],
  ])("keeps %s", (_what, text) => {
    expect(roundTrip(text)).toBe(text);
  });

  test("keeps any number as written, in any position", () => {
    const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,24})$/);
    const fraction = fc.option(fc.stringMatching(/^\.[0-9]{1,24}$/), { nil: "" });
    const exponent = fc.option(fc.stringMatching(/^[eE][+-]?[0-9]{1,3}$/), { nil: "" });
    const number = fc.tuple(fc.constantFrom("", "-"), digits, fraction, exponent).map((parts) => parts.join(""));
    const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/);
    const place = fc.constantFrom(
      (n: string) => `"a":${n}`,
      (n: string) => `"a":[${n}]`,
      (n: string) => `"a":["",${n}]`,
    );
    fc.assert(
      fc.property(number, space, place, (written, padding, put) => {
        const text = `{${put(`${padding}${written}${padding}`)}}`;
        expect(roundTrip(text)).toBe(`{${put(written)}}`);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["any JSON", fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue())],
    [
      "keys full of escapes",
      fc.object({
        key: fc.string({ unit: fc.constantFrom("\\", '"', "\n", "b", "7"), maxLength: 3 }),
        values: [fc.integer()],
      }),
    ],
  ])("keeps %s unchanged", (_what, values) => {
    fc.assert(
      fc.property(values, (value) => {
        const text = JSON.stringify(value);
        expect(roundTrip(text)).toBe(text);
      }),
    );
  });

  test.each([
    ["one escaped character", '{"b":1,"\\r":1}'],
    ["an escaped quote, among nested objects and unusual numbers", '{"b":[{"b":1.50,"\\"":{"b":2,"\\"":"a\\"\\\\"}}]}'],
    ["an escape and more", '{"b":1,"\\nb":{"7":1,"\\n":2}}'],
    ["backslashes", '{"b":1,"\\\\":{"b":1,"\\\\b":2},"__proto__":{"\\t":3}}'],
  ])("keeps keys with %s, although V8 confuses them after keys with a backslash", (_what, text) => {
    // https://github.com/nodejs/node/issues/63785
    parseJsonObject('{"b":1,"\\\\":1}');
    JSON.parse('{"b":1,"\\\\":1}');
    JSON.parse('{"b":1,"\\\\b":1}');
    expect(roundTrip(text)).toBe(text);
  });

  test("keeps the last value of a repeated key, however it is written", () => {
    expect(roundTrip('{"a":1,"\\u0061" \n:2,"a":3,"7":4,"\\u0036":5}')).toBe('{"6":5,"7":4,"a":3}');
  });

  test("with an escaped key that is cut is refused, however many escapes it has", () => {
    expect(() => parseJsonObject(`{"\\"":1,"${'\\"'.repeat(100_000)}`)).toThrow("the body is not JSON");
  });

  test.each([
    ["nested 100 levels deep is parsed", 100, false],
    ["nested 101 levels deep is refused", 101, true],
  ])("%s", (_what, levels, refused) => {
    const parse = () => parseJsonObject(`${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`);
    if (refused) expect(parse).toThrow("the body is nested deeper than 100 levels");
    else expect(parse).not.toThrow();
  });

  test("may contain any number of brackets in its strings, even after escaped quotes", () => {
    const text = JSON.stringify({ a: "[".repeat(200), b: `\\"${"{".repeat(200)}` });
    expect(roundTrip(text)).toBe(text);
  });

  test("that cannot be parsed is refused without quoting it", () => {
    expect(() => parseJsonObject('{"secret')).toThrow(/^the body is not JSON$/);
  });
});

describe("The conversion to whole numbers", () => {
  test.each([
    ["1", 1],
    ["1.00", 1],
    ["-1.0", -1],
    ["1e3", 1000],
    ["9007199254740993", 9007199254740992],
    ['"5"', "5"],
    ["null", null],
    ["true", true],
  ])("turns %s into %o", (text, expected) => {
    expect(toWholeNumber(parseJsonObject(`{"a":${text}}`)["a"])).toBe(expected);
  });

  test.each(["1.5", "1614754606.00000000001", "1e-400", "0.5e1"])("does not turn %s into a whole number", (text) => {
    expect(Number.isInteger(toWholeNumber(parseJsonObject(`{"a":${text}}`)["a"]))).toBe(false);
  });
});

describe("Text", () => {
  test("is decoded as UTF-8", () => {
    expect(decodeText(Buffer.from("用户 😀"))).toBe("用户 😀");
  });

  test.each([[[0xff]], [[0xc3]], [[0xed, 0xa0, 0x80]], [[0xc0, 0xaf]]])("that is not UTF-8 is refused: %o", (bytes) => {
    expect(() => decodeText(Buffer.from(bytes))).toThrow("the body is not UTF-8");
  });
});

describe("A body", () => {
  test.each(["", " \t\r\n", "{}", " {\n} "])("of %j is empty", (text) => {
    expect(isEmptyBody(Buffer.from(text))).toBe(true);
  });

  test.each(["0", "[]", "{}{}", "{", "null", '""', '{"a":1}', "\u00a0", "\u3000"])("of %j is not empty", (text) => {
    expect(isEmptyBody(Buffer.from(text))).toBe(false);
  });
});
