import { toResult } from "../../local/http-api.ts";
import type { VirtualClock } from "../clock.ts";
import type { InvocationRecord } from "../history.ts";
import type { Random } from "../random.ts";
import type { LambdaFunction } from "./function.ts";

/** A request to the API. */
export interface ApiRequest {
  readonly rawQueryString: string;
  readonly body: string;
  readonly contentType: string;
  readonly sourceIp: string;
}

/** The answer, and the invocation behind it. */
export interface ApiAnswer {
  readonly statusCode: number;
  readonly text: string;
  /** `undefined` if the request was turned away. */
  readonly invocation: InvocationRecord | undefined;
}

/**
 * An HTTP API waits 30 seconds for a function (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html),
 * and answers 503 then (https://github.com/serverless/serverless/issues/11222).
 */
const INTEGRATION_TIMEOUT_MS = 30_000;

/** The API's own name. */
const HOST = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";

/** Content types of which API Gateway passes on a body as text, and in base64. */
export const CONTENT_TYPES = ["application/json", "application/octet-stream"] as const;

/**
 * An HTTP API of API Gateway with one route, to a function. Without a result of the function it answers 500
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html). AWS does not document the
 * answer while the function has no concurrency left; to Tencent, any 5xx is the same.
 */
export class HttpApi {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #target: LambdaFunction;
  readonly #throttle: { readonly rate: number; readonly burst: number };
  #tokens: number;
  #refilledAt: number;

  /**
   * @param throttle requests a second, and how many at once: beyond them, it answers 429
   *   (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html)
   */
  constructor(
    target: LambdaFunction,
    throttle: { readonly rate: number; readonly burst: number },
    { clock, random }: { readonly clock: VirtualClock; readonly random: Random },
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#target = target;
    this.#throttle = throttle;
    this.#tokens = throttle.burst;
    this.#refilledAt = clock.now();
  }

  /** Answers a request. */
  async post({ rawQueryString, body, contentType, sourceIp }: ApiRequest): Promise<ApiAnswer> {
    if (!this.#admit()) return turnAway(429, "Too Many Requests");
    await this.#clock.sleep(this.#random.between(1, 10));
    // API Gateway passes on JSON as text, and base64 for other content types.
    const isBase64Encoded = contentType !== CONTENT_TYPES[0];
    const requestId = this.#random.uuid();
    const invoked = this.#target.invoke({
      version: "2.0",
      rawPath: "/callback",
      rawQueryString,
      headers: { host: HOST, "content-type": contentType, "x-forwarded-for": sourceIp },
      requestContext: { accountId: "123456789012", requestId, http: { method: "POST", sourceIp } },
      body: isBase64Encoded ? Buffer.from(body).toString("base64") : body,
      isBase64Encoded,
    });
    const result = await this.#clock.within(INTEGRATION_TIMEOUT_MS, invoked);
    if (result === undefined || result.outcome === "throttled") return turnAway(503, "Service Unavailable");
    const { record: invocation } = result;
    if (result.outcome !== "returned") return { ...turnAway(500, "Internal Server Error"), invocation };
    const { statusCode = 200, body: text = "" } = toResult(result.value);
    return { statusCode, text, invocation };
  }

  /** Takes a token from the bucket, if there is one (https://en.wikipedia.org/wiki/Token_bucket). */
  #admit(): boolean {
    const { rate, burst } = this.#throttle;
    const now = this.#clock.now();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#refilledAt) / 1000) * rate);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

function turnAway(statusCode: number, message: string): ApiAnswer {
  return { statusCode, text: JSON.stringify({ message }), invocation: undefined };
}
