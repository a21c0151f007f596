import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSignedWithAny, sign } from "../../tencent/signature.ts";

const VECTORS = [
  ["xxxxyyyy", "1669872112", "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"],
  ["callback-auth-token", "1786334400", "9f594528a57139de47912d068d560344c59fc654e7ec39e7d37b1c5fee39d8ff"],
  ["test-token", "1754284800", "a63a8ad2c9d540d6c068309296f7f6f3b7e882a2ea9c2aeae74691962b9056ba"],
] as const;

describe("Sign", () => {
  test.each(VECTORS)("of the token %s at %s matches the test vector", (token, requestTime, expected) => {
    expect(sign(token, requestTime)).toBe(expected);
  });

  test.each(VECTORS)(
    "created with the token %s at %s is accepted in either letter case",
    (token, requestTime, created) => {
      expect(isSignedWithAny(created, requestTime, [token])).toBe(true);
      expect(isSignedWithAny(created.toUpperCase(), requestTime, [token])).toBe(true);
    },
  );

  test("is accepted if one of several tokens created it, in any position, and only then", () => {
    const created = sign("second", "1");
    expect(isSignedWithAny(created, "1", ["first", "second"])).toBe(true);
    expect(isSignedWithAny(created, "1", ["second", "third"])).toBe(true);
    expect(isSignedWithAny(created, "1", ["first", "third"])).toBe(false);
    expect(isSignedWithAny(created, "1", [])).toBe(false);
  });

  test("is bound to its token and its time", () => {
    const text = fc.string({ minLength: 1 });
    const digits = fc.nat().map(String);
    fc.assert(
      fc.property(text, digits, text, digits, (token, time, otherToken, otherTime) => {
        const same = token + time === otherToken + otherTime;
        expect(isSignedWithAny(sign(token, time), otherTime, [otherToken])).toBe(same);
      }),
    );
  });
});
