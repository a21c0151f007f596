import { Refusal } from "./refusal.ts";

/** The parts of an HTTP request that make up a callback, under the names of API Gateway's payload 2.0. */
export interface RawRequest {
  /** The query string as sent. Payload 2.0's own parsing joins repeated parameters with commas. */
  readonly rawQueryString: string;
  /** Absent when the request had no body. */
  readonly body?: string | undefined;
  /** API Gateway encodes every body whose content type is missing, or is not text, JSON, XML or JavaScript. */
  readonly isBase64Encoded: boolean;
}

/** A callback request, decoded but not yet authenticated. */
export interface CallbackRequest {
  readonly parameters: CallbackParameters;
  readonly body: Buffer;
}

/** The query parameters that Tencent sends (https://www.tencentcloud.com/document/product/1047/34354); each may be absent or empty. */
export interface CallbackParameters {
  readonly sign?: string;
  readonly requestTime?: string;
  readonly sdkAppId?: string;
  readonly callbackCommand?: string;
  readonly clientIp?: string;
  readonly optPlatform?: string;
  /** Undocumented, seen in newer captures, not always a UUID. */
  readonly requestId?: string;
}

/** Sibling products spell the names differently (`SdkAppid`, `SdkAppId`, `RequestID`), so letter case is ignored. */
const KEYS_BY_LOWER_CASE_NAME: ReadonlyMap<string, keyof CallbackParameters> = new Map([
  ["sign", "sign"],
  ["requesttime", "requestTime"],
  ["sdkappid", "sdkAppId"],
  ["callbackcommand", "callbackCommand"],
  ["clientip", "clientIp"],
  ["optplatform", "optPlatform"],
  ["requestid", "requestId"],
]);

/** Duplicates of these could make the checked value differ from the used one. */
const MUST_NOT_REPEAT: readonly (keyof CallbackParameters)[] = ["sign", "requestTime", "sdkAppId", "callbackCommand"];

/**
 * Decodes a request: the query into named parameters, the body into bytes.
 *
 * Of a repeated parameter that decides nothing, such as `ClientIP`, the first one counts.
 *
 * @throws {Refusal} `parameter-repeated` when a parameter that decides something occurs more than once, in any letter case
 */
export function decodeRequest({ rawQueryString, body, isBase64Encoded }: RawRequest): CallbackRequest {
  return {
    parameters: decodeParameters(rawQueryString),
    body: Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8"),
  };
}

function decodeParameters(rawQueryString: string): CallbackParameters {
  const parameters: { -readonly [Key in keyof CallbackParameters]: CallbackParameters[Key] } = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const key = KEYS_BY_LOWER_CASE_NAME.get(name.toLowerCase());
    if (key === undefined) continue;
    if (parameters[key] === undefined) parameters[key] = value;
    else if (MUST_NOT_REPEAT.includes(key)) throw new Refusal("parameter-repeated", `${key} is given more than once`);
  }
  return parameters;
}
