import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeText, isEmptyBody, parseJsonObject, toWholeNumber } from "../../tencent/json.ts";

const roundTrip = (text: string) => JSON.stringify(parseJsonObject(text));

describe("A JSON body", () => {
  test.each([
    ["an integer beyond 2^53", '{"a":9007199254740993}'],
    ["a negative integer beyond 2^53", '{"a":[-123456789012345678901234567890]}'],
    ["a decimal that no double holds", '{"a":0.1234567890123456789}'],
    ["a decimal with trailing zeros", '{"a":1.50}'],
    ["an exponent", '{"a":1e3,"b":1E+400}'],
    ["negative zero", '{"a":-0}'],
    ["a lone surrogate", '{"a":"\\ud800"}'],
    ["keys of an object's prototype", '{"__proto__":{"a":1},"constructor":2,"toString":3}'],
    ["an empty key", '{"":0}'],
    ["emoji and Chinese", '{"用户":"😀"}'],
  ])("keeps %s", (_what, text) => {
    expect(roundTrip(text)).toBe(text);
  });

  test("keeps any number as it was written, wherever it stands", () => {
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
      fc.property(number, space, place, (written, around, put) => {
        const text = `{${put(`${around}${written}${around}`)}}`;
        expect(roundTrip(text)).toBe(`{${put(written)}}`);
      }),
      { numRuns: 1_000 },
    );
  });

  test("keeps any JSON as it is", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        expect(roundTrip(text)).toBe(text);
      }),
    );
  });

  test.each([
    ["nested 100 deep is parsed", 100, false],
    ["nested 101 deep is refused", 101, true],
  ])("%s", (_what, levels, refused) => {
    const parse = () => parseJsonObject(`${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`);
    if (refused) expect(parse).toThrow("the body is nested deeper than 100 levels");
    else expect(parse).not.toThrow();
  });

  test("may hold any number of brackets in its strings, behind escaped quotes too", () => {
    const text = JSON.stringify({ a: "[".repeat(200), b: `\\"${"{".repeat(200)}` });
    expect(roundTrip(text)).toBe(text);
  });

  test("that can't be parsed is refused without a word of it in the message", () => {
    expect(() => parseJsonObject('{"secret')).toThrow(/^the body is not JSON$/);
  });
});

describe("A whole number", () => {
  test.each([
    ["1", 1],
    ["1.00", 1],
    ["-1.0", -1],
    ["1e3", 1000],
    ["9007199254740993", 9007199254740992],
    ['"5"', "5"],
    ["null", null],
    ["true", true],
  ])("is read from %s as %o", (text, expected) => {
    expect(toWholeNumber(parseJsonObject(`{"a":${text}}`)["a"])).toBe(expected);
  });
});

test.each(["1.5", "1614754606.00000000001", "1e-400", "0.5e1"])("No whole number is read from %s", (text) => {
  expect(Number.isInteger(toWholeNumber(parseJsonObject(`{"a":${text}}`)["a"]))).toBe(false);
});

describe("Text", () => {
  test("is decoded as UTF-8", () => {
    expect(decodeText(Buffer.from("用户 😀"))).toBe("用户 😀");
  });

  test.each([[[0xff]], [[0xc3]], [[0xed, 0xa0, 0x80]], [[0xc0, 0xaf]]])("of the bytes %o is refused", (bytes) => {
    expect(() => decodeText(Buffer.from(bytes))).toThrow("the body is not UTF-8");
  });
});

describe("A body", () => {
  test.each(["", " \t\r\n", "{}", " {\n} "])("of %o says nothing", (text) => {
    expect(isEmptyBody(Buffer.from(text))).toBe(true);
  });

  test.each(["0", "[]", "{}{}", "{", "null", '""', '{"a":1}', "\u00a0", "\u3000"])("of %o says something", (text) => {
    expect(isEmptyBody(Buffer.from(text))).toBe(false);
  });
});
