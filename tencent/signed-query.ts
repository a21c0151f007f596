import { randomUUID } from "node:crypto";
import { sign } from "./signature.ts";

/** What decides how a callback is signed. */
export interface CallbackSigning {
  readonly sdkAppId: string;
  readonly token: string;
  /** The command, as the query names it. */
  readonly command: string;
  /** Unix seconds. */
  readonly requestTime: number;
}

/**
 * The query Tencent would post a callback with: its parameters in alphabetical order (https://www.tencentcloud.com/document/product/1047/34354).
 *
 * @returns a query that is a secret as long as its signature is fresh
 */
export function signedQuery({ sdkAppId, token, command, requestTime }: CallbackSigning): string {
  return new URLSearchParams({
    CallbackCommand: command,
    ClientIP: "203.0.113.7",
    OptPlatform: "iOS",
    RequestId: randomUUID(),
    RequestTime: String(requestTime),
    SdkAppid: sdkAppId,
    Sign: sign(token, String(requestTime)),
    contenttype: "json",
  }).toString();
}
