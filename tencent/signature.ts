import { hash, timingSafeEqual } from "node:crypto";

/**
 * Tencent's signature of a callback: a plain SHA-256 over token and time, without separator
 * (https://www.tencentcloud.com/document/product/1047/34354, "Callback authentication").
 *
 * @param token the authentication token from the Chat console
 * @param requestTime Unix seconds, exactly as written in the query
 * @returns 64 lower-case hex digits. They are a secret: with them anyone can send any body until the window closes
 */
export function sign(token: string, requestTime: string): string {
  return digest(token, requestTime).toString("hex");
}

/**
 * Whether a signature was created with one of the tokens. Takes the same time whichever token matches, if any.
 *
 * @param signature 64 hex digits in any letter case
 * @param requestTime Unix seconds, exactly as written in the query
 * @param tokens the valid tokens: two while one replaces the other
 * @throws {RangeError} when the signature is not 64 hex digits
 */
export function isSignedWithAny(signature: string, requestTime: string, tokens: readonly string[]): boolean {
  const given = Buffer.from(signature, "hex");
  let found = false;
  for (const token of tokens) {
    // No short-circuit: compare every token.
    found = timingSafeEqual(digest(token, requestTime), given) || found;
  }
  return found;
}

function digest(token: string, requestTime: string): Buffer {
  return hash("sha256", token + requestTime, "buffer");
}
