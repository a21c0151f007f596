import { sign } from "./signature.ts";

/** The parameters that differ between callbacks. */
export interface SignedQueryOptions {
  readonly sdkAppId: string;
  /** The token to sign with. */
  readonly token: string;
  /** The `CallbackCommand`. */
  readonly command: string;
  /** Unix seconds. */
  readonly requestTime: number;
  /** Tencent's id of the request, for tracing. */
  readonly requestId: string;
}

/**
 * The query of a callback as Tencent sends it: parameters in alphabetical order
 * (https://www.tencentcloud.com/document/product/1047/34354).
 *
 * @returns a secret for as long as its signature is fresh
 */
export function signedQuery({ sdkAppId, token, command, requestTime, requestId }: SignedQueryOptions): string {
  return new URLSearchParams({
    CallbackCommand: command,
    ClientIP: "203.0.113.7",
    OptPlatform: "iOS",
    RequestId: requestId,
    RequestTime: String(requestTime),
    SdkAppid: sdkAppId,
    Sign: sign(token, String(requestTime)),
    contenttype: "json",
  }).toString();
}
