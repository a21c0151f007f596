import { describe, expect, test } from "vitest";
import { authenticate, readSignature } from "../../tencent/authenticate.ts";
import { type Callback, checkSdkAppId, MAX_BODY_BYTES, readCallback } from "../../tencent/callback.ts";
import { REFUSAL_REASONS, Refusal } from "../../tencent/refusal.ts";
import { replyRefused } from "../../tencent/reply.ts";
import { decodeRequest } from "../../tencent/request.ts";
import { ANSWERS, type Answer } from "../support/answers.ts";
import { REQUEST_TIME, SDK_APP_ID, TOKEN } from "../support/callbacks.ts";

/** Runs the protocol's steps in order, without a handler around them. */
function judge({ query, body }: Answer): Callback | Refusal {
  try {
    const encoded = Buffer.from(body).toString("base64");
    const request = decodeRequest({ rawQueryString: query(REQUEST_TIME), body: encoded, isBase64Encoded: true });
    const rules = { tokens: [TOKEN], receivedAt: REQUEST_TIME * 1000, clockSkewSeconds: 60 };
    const authenticated = authenticate(request, readSignature(request), rules);
    checkSdkAppId(authenticated, SDK_APP_ID);
    return readCallback(authenticated, MAX_BODY_BYTES);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

describe("The endpoint", () => {
  test.each(ANSWERS)("$behaviour", (answer) => {
    const verdict = judge(answer);
    if (answer.reason !== undefined) {
      expect(verdict).toMatchObject({ reason: answer.reason, statusCode: answer.status });
    } else {
      expect(verdict).not.toBeInstanceOf(Refusal);
      expect((verdict as Callback).kind === "read-report").toBe(answer.published === true);
      expect((verdict as { resultItems?: object[] }).resultItems).toEqual(answer.resultItem);
    }
  });

  test("is tested for every refusal reason", () => {
    const tested = new Set(ANSWERS.map(({ reason }) => reason));
    expect(REFUSAL_REASONS.filter((reason) => !tested.has(reason))).toEqual(["source-address-not-allowed"]);
  });

  test("never refuses a callback with a 5xx", () => {
    for (const reason of REFUSAL_REASONS) {
      const { statusCode } = replyRefused(new Refusal(reason, ""));
      expect(statusCode, reason).toBeGreaterThanOrEqual(400);
      expect(statusCode, reason).toBeLessThan(500);
    }
  });
});
