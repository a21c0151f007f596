import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeRequest } from "../../tencent/request.ts";

const read = (rawQueryString: string) => decodeRequest({ rawQueryString, isBase64Encoded: false }).parameters;

describe("The query", () => {
  test("may have its parameters in any order and their names in any letter case", () => {
    const query = "optplatform=iOS&SIGN=s&SdkAppId=1&requestID=r&clientip=c&CALLBACKCOMMAND=C.D&requesttime=5";
    expect(read(query)).toEqual({
      optPlatform: "iOS",
      sign: "s",
      sdkAppId: "1",
      requestId: "r",
      clientIp: "c",
      callbackCommand: "C.D",
      requestTime: "5",
    });
  });

  test("is percent-decoded once", () => {
    expect(read("RequestId=%25%32%30%E7%94%A8+x")).toEqual({ requestId: "%20用 x" });
  });

  test("may contain other parameters, which are ignored", () => {
    expect(read("contenttype=json&constructor=a&__proto__=b&=c&&%&%ff=1")).toEqual({});
  });

  test.each(["Sign", "RequestTime", "SdkAppid", "CallbackCommand"])("that repeats %s is refused", (name) => {
    for (const again of [name, name.toLowerCase(), name.toUpperCase()]) {
      expect(() => read(`${name}=1&x=y&${again}=1`)).toThrow(expect.objectContaining({ reason: "parameter-repeated" }));
    }
  });

  test("may repeat a parameter that decides nothing, of which the first counts", () => {
    expect(read("RequestId=a&requestid=b&ClientIP=c&ClientIP=d")).toEqual({ requestId: "a", clientIp: "c" });
  });

  test("never causes a crash, whatever its text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (query) => {
        try {
          read(query);
        } catch (error) {
          expect(error).toMatchObject({ name: "Refusal", reason: "parameter-repeated" });
        }
      }),
    );
  });
});

describe("The body", () => {
  test("decodes to the same bytes whether or not API Gateway encoded it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const bytes = Buffer.from(text);
        const plain = decodeRequest({ rawQueryString: "", body: text, isBase64Encoded: false });
        const encoded = decodeRequest({ rawQueryString: "", body: bytes.toString("base64"), isBase64Encoded: true });
        expect(plain.body).toEqual(bytes);
        expect(encoded.body).toEqual(bytes);
      }),
    );
  });

  test("is empty if the request has none", () => {
    expect(decodeRequest({ rawQueryString: "", isBase64Encoded: false }).body.byteLength).toBe(0);
  });
});
