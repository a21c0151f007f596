import { describe, expect, test } from "vitest";
import { acceptUnsigned, authenticate, readSignature } from "../../tencent/authenticate.ts";
import { decodeRequest } from "../../tencent/request.ts";
import { sign } from "../../tencent/signature.ts";
import { REQUEST_TIME, signedQuery, TOKEN } from "../support/callbacks.ts";

const request = (query: string) => decodeRequest({ rawQueryString: query, isBase64Encoded: false });
const authenticateAt = (receivedAt: number, tokens = [TOKEN], clockSkewSeconds = 60) => {
  const signed = request(signedQuery(REQUEST_TIME));
  return authenticate(signed, readSignature(signed), { tokens, receivedAt, clockSkewSeconds });
};

describe("A signature", () => {
  test.each([
    ["", "signature-missing"],
    [`Sign=${sign(TOKEN, "1")}`, "signature-missing"],
    ["RequestTime=1", "signature-missing"],
    [`Sign=${sign(TOKEN, "1").slice(1)}&RequestTime=1`, "signature-malformed"],
    [`Sign=${sign(TOKEN, "1")}%0A&RequestTime=1`, "signature-malformed"],
    [`Sign=${sign(TOKEN, "1")}&RequestTime=1.0`, "signature-malformed"],
    [`Sign=${sign(TOKEN, "1")}&RequestTime=%201`, "signature-malformed"],
    [`Sign=${sign(TOKEN, "1")}&RequestTime=１`, "signature-malformed"],
  ])("read from the query %o is refused as %s", (query, reason) => {
    expect(() => readSignature(request(query))).toThrow(expect.objectContaining({ reason, statusCode: 401 }));
  });

  // Whole seconds are compared, so 60,999 ms still count as 60 s.
  test.each([-60_000, -1, 0, 59_999, 60_999])("is accepted %i ms after its RequestTime", (offset) => {
    expect(authenticateAt(REQUEST_TIME * 1000 + offset).authentication).toBe("token");
  });

  test.each([-86_400_000, -60_001, 61_000, 86_400_000])("is refused %i ms after its RequestTime", (offset) => {
    const refusal = expect.objectContaining({ reason: "request-expired", statusCode: 401 });
    expect(() => authenticateAt(REQUEST_TIME * 1000 + offset)).toThrow(refusal);
  });

  test("is accepted only within the configured window", () => {
    const receivedAt = (REQUEST_TIME + 300) * 1000;
    expect(authenticateAt(receivedAt, [TOKEN], 300).authentication).toBe("token");
    expect(() => authenticateAt(receivedAt, [TOKEN], 299)).toThrow("RequestTime is more than 299 seconds from now");
  });

  test("is verified before its age, so that only a sender who knows the token learns about the age", () => {
    const refusal = expect.objectContaining({ reason: "signature-invalid" });
    expect(() => authenticateAt(0, ["another"])).toThrow(refusal);
    expect(() => authenticateAt(0, [])).toThrow(refusal);
  });

  test("is accepted if any valid token created it", () => {
    expect(authenticateAt(REQUEST_TIME * 1000, ["new", TOKEN]).authentication).toBe("token");
  });
});

test("A request accepted without a signature is marked as such", () => {
  expect(acceptUnsigned(request("")).authentication).toBe("none");
});
