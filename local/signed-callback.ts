import { randomUUID } from "node:crypto";
import { sign } from "../functions/tencent/signature.ts";

/** What decides how a callback is signed and addressed. */
export interface CallbackAddress {
  /** The callback URL, as pasted into the Chat console. */
  readonly url: string;
  readonly sdkAppId: string;
  readonly token: string;
  /** The command, as the query names it. */
  readonly command: string;
  /** Unix seconds. */
  readonly requestTime: number;
}

/**
 * The URL Tencent would post a callback to: its parameters in alphabetical order (https://www.tencentcloud.com/document/product/1047/34354).
 *
 * @returns a URL that is a secret as long as its signature is fresh
 */
export function signedCallbackUrl({ url, sdkAppId, token, command, requestTime }: CallbackAddress): URL {
  const signedUrl = new URL(url);
  signedUrl.search = new URLSearchParams({
    CallbackCommand: command,
    ClientIP: "203.0.113.7",
    OptPlatform: "iOS",
    RequestId: randomUUID(),
    RequestTime: String(requestTime),
    SdkAppid: sdkAppId,
    Sign: sign(token, String(requestTime)),
    contenttype: "json",
  }).toString();
  return signedUrl;
}
