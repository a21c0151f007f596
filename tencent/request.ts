import { Refusal } from "./refusal.ts";

/** The parts of an HTTP request that a callback is made of, as API Gateway's payload 2.0 names them. */
export interface HttpRequest {
  /** The query string as it was sent: payload 2.0's own parsing joins repeated parameters with commas. */
  readonly rawQueryString: string;
  /** Absent when the request had no body. */
  readonly body?: string | undefined;
  /** API Gateway encodes every body whose content type is not text, JSON, XML or JavaScript, or is missing. */
  readonly isBase64Encoded: boolean;
}

/** A callback request, decoded and not yet authenticated. */
export interface CallbackRequest {
  readonly parameters: CallbackParameters;
  readonly body: Buffer;
}

/** The query parameters Tencent sends (https://www.tencentcloud.com/document/product/1047/34354); each may be absent or empty. */
export interface CallbackParameters {
  readonly sign?: string;
  readonly requestTime?: string;
  readonly sdkAppId?: string;
  readonly callbackCommand?: string;
  readonly clientIp?: string;
  readonly optPlatform?: string;
  /** Not documented, seen in newer captures, not always a UUID. */
  readonly requestId?: string;
}

/** Sibling products spell the names differently (`SdkAppid`, `SdkAppId`, `RequestID`), so they match in any letter case. */
const KEYS_BY_LOWER_CASE_NAME: ReadonlyMap<string, keyof CallbackParameters> = new Map([
  ["sign", "sign"],
  ["requesttime", "requestTime"],
  ["sdkappid", "sdkAppId"],
  ["callbackcommand", "callbackCommand"],
  ["clientip", "clientIp"],
  ["optplatform", "optPlatform"],
  ["requestid", "requestId"],
]);

/** Whoever checks and whoever uses one of these might each take another value, if there were two. */
const MUST_NOT_REPEAT: readonly (keyof CallbackParameters)[] = ["sign", "requestTime", "sdkAppId", "callbackCommand"];

/**
 * Decodes a request once: the query into named parameters, the body into bytes.
 *
 * Of a repeated parameter that decides nothing (`ClientIP`, …) the first counts.
 *
 * @throws {Refusal} `parameter-repeated` when a parameter that decides something stands in the query more than once,
 *   in whatever letter case
 */
export function readRequest(request: HttpRequest): CallbackRequest {
  return { parameters: readParameters(request.rawQueryString), body: readBody(request) };
}

function readParameters(rawQueryString: string): CallbackParameters {
  const parameters: { -readonly [Key in keyof CallbackParameters]: CallbackParameters[Key] } = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const key = KEYS_BY_LOWER_CASE_NAME.get(name.toLowerCase());
    if (key === undefined) continue;
    if (parameters[key] === undefined) parameters[key] = value;
    else if (MUST_NOT_REPEAT.includes(key)) throw new Refusal("parameter-repeated", `${key} is given more than once`);
  }
  return parameters;
}

function readBody({ body, isBase64Encoded }: HttpRequest): Buffer {
  return Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
}
