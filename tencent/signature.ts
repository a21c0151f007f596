import { hash, timingSafeEqual } from "node:crypto";

/**
 * Tencent's signature of a callback: SHA-256 over the token and the time, without separator and without HMAC
 * (https://www.tencentcloud.com/document/product/1047/34354, "Callback authentication").
 *
 * @param token the authentication token set in the Chat console
 * @param requestTime Unix seconds, as the text that stands in the query
 * @returns 64 lower-case hex digits; whoever holds them can send any body until the window closes, so they are a secret
 */
export function sign(token: string, requestTime: string): string {
  return digest(token, requestTime).toString("hex");
}

/**
 * Whether a signature was made with one of the tokens. Takes the same time whichever token fits, or none.
 *
 * @param signature 64 hex digits in any letter case
 * @param requestTime Unix seconds, as the text that stands in the query
 * @param tokens the tokens that are valid now: two while one replaces the other
 * @throws {RangeError} when the signature is anything but 64 hex digits
 */
export function isSignedWithAny(signature: string, requestTime: string, tokens: readonly string[]): boolean {
  const given = Buffer.from(signature, "hex");
  let found = false;
  for (const token of tokens) {
    // No short cut: the comparison has to run for every token.
    found = timingSafeEqual(digest(token, requestTime), given) || found;
  }
  return found;
}

function digest(token: string, requestTime: string): Buffer {
  return hash("sha256", token + requestTime, "buffer");
}
