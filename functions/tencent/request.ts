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

/** A callback request, decoded, and believed by nobody yet. */
export interface CallbackRequest {
  readonly parameters: CallbackParameters;
  readonly body: Buffer;
}

/** The query parameters Tencent sends (1047/34354); each may be absent or empty. */
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
const PARAMETERS: Readonly<
  Record<string, { readonly key: keyof CallbackParameters; readonly name: string; readonly single: boolean }>
> = {
  sign: { key: "sign", name: "Sign", single: true },
  requesttime: { key: "requestTime", name: "RequestTime", single: true },
  sdkappid: { key: "sdkAppId", name: "SdkAppid", single: true },
  callbackcommand: { key: "callbackCommand", name: "CallbackCommand", single: true },
  clientip: { key: "clientIp", name: "ClientIP", single: false },
  optplatform: { key: "optPlatform", name: "OptPlatform", single: false },
  requestid: { key: "requestId", name: "RequestId", single: false },
};

/**
 * Decodes a request once: the query into named parameters, the body into bytes.
 *
 * Of a repeated parameter that decides nothing (`ClientIP`, …) the first counts.
 *
 * @throws {Refusal} `parameter-repeated` when a parameter that decides something stands in the query more than once,
 *   in whatever letter case: whoever checks and whoever uses it might each take another one
 */
export function readRequest(request: HttpRequest): CallbackRequest {
  return { parameters: readParameters(request.rawQueryString), body: readBody(request) };
}

function readParameters(rawQueryString: string): CallbackParameters {
  const parameters: { -readonly [Key in keyof CallbackParameters]: CallbackParameters[Key] } = {};
  for (const [givenName, value] of new URLSearchParams(rawQueryString)) {
    const lowerCaseName = givenName.toLowerCase();
    if (!Object.hasOwn(PARAMETERS, lowerCaseName)) continue;
    const { key, name, single } = PARAMETERS[lowerCaseName] as (typeof PARAMETERS)[string];
    if (parameters[key] === undefined) {
      parameters[key] = value;
    } else if (single) {
      throw new Refusal("parameter-repeated", `${name} is given more than once`);
    }
  }
  return parameters;
}

function readBody({ body, isBase64Encoded }: HttpRequest): Buffer {
  return Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
}
