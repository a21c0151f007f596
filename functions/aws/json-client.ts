import { AwsError, errorFromResponse, invalidResponse } from "./aws-error.ts";
import type { Credentials } from "./credentials.ts";
import { type HttpAnswer, type HttpRequest, send } from "./http.ts";
import { createSigner } from "./sign-request.ts";

/** A service that speaks AWS's JSON protocol. */
export interface Service {
  /** The service name in signatures. */
  readonly signingName: string;
  /** The first part of `X-Amz-Target`. */
  readonly targetPrefix: string;
  /** The version of AWS's JSON protocol. */
  readonly version: "1.0" | "1.1";
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html */
export const SQS: Service = {
  signingName: "sqs",
  targetPrefix: "AmazonSQS",
  version: "1.0",
};
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
export const EVENT_BRIDGE: Service = {
  signingName: "events",
  targetPrefix: "AWSEvents",
  version: "1.1",
};
/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export const SECRETS_MANAGER: Service = {
  signingName: "secretsmanager",
  targetPrefix: "secretsmanager",
  version: "1.1",
};

/** When to give up: a `performance.now()` in milliseconds. */
export type Deadline = number;

// Within a region, connecting takes 1 to 20 ms and a response 5 to 50. A slower attempt is stuck, and a second one usually
// is not. Two stuck attempts and a good one fit into the destination's 1.0 s.
const ATTEMPT_TIMEOUT_MS = 400;
const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 400;
/** An attempt with less time than this cannot succeed, and only delays what comes next. */
const SHORTEST_ATTEMPT_MS = 10;

/** The code of a failure without a response: no connection, a reset, a timeout. */
const NETWORK_ERROR = "NetworkError";

/**
 * A client for one service that speaks AWS's JSON protocol. Each call is one signed POST, repeated until it succeeds, fails
 * permanently, or runs out of time.
 */
export class JsonClient {
  readonly #service: Service;
  readonly #endpoint: URL;
  readonly #sign: ReturnType<typeof createSigner>;
  readonly #sessionToken: string | undefined;

  /**
   * @param endpoint the service's URL
   * @param region the region to sign requests for
   * @param credentials the credentials to sign requests with
   */
  constructor(service: Service, endpoint: URL, region: string, credentials: Credentials) {
    this.#service = service;
    this.#endpoint = endpoint;
    this.#sign = createSigner(credentials, region, service.signingName);
    this.#sessionToken = credentials.sessionToken;
  }

  /**
   * Opens a connection for the first call, without any effect on the service.
   *
   * @throws {AwsError} when no response arrives by the deadline. Any response will do
   */
  async connect(deadline: Deadline): Promise<void> {
    await this.#send(new URL("/ping", this.#endpoint), { method: "GET", headers: {} }, deadline - performance.now());
  }

  /**
   * Calls an operation.
   *
   * Retries connection failures, timeouts, throttling (which SQS and KMS also report as a 400), 5xx, and responses that are
   * not JSON. A retried call may have been carried out before, so operations must be idempotent.
   *
   * @param operation the operation's name, such as `SendMessage`
   * @param check throws if the output means a failure; a retryable `AwsError` makes the call repeat
   * @returns the operation's output
   * @throws {AwsError} the last failure
   */
  async call<Output>(
    operation: string,
    input: object,
    deadline: Deadline,
    check?: (output: Output) => void,
  ): Promise<Output> {
    const body = JSON.stringify(input);
    for (let attempt = 0; ; attempt += 1) {
      try {
        const output = await this.#attempt<Output>(operation, body, deadline);
        check?.(output);
        return output;
      } catch (error) {
        if (!(error instanceof AwsError) || !error.retryable) throw error;
        const pause = error.code === NETWORK_ERROR && attempt === 0 ? 0 : backoff(attempt);
        if (performance.now() + pause + SHORTEST_ATTEMPT_MS > deadline) throw error;
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  async #attempt<Output>(operation: string, body: string, deadline: Deadline): Promise<Output> {
    const { targetPrefix, version } = this.#service;
    const { host, pathname: path } = this.#endpoint;
    const headers = {
      host,
      "content-type": `application/x-amz-json-${version}`,
      "x-amz-target": `${targetPrefix}.${operation}`,
    };
    const request: HttpRequest = { method: "POST", headers: this.#sign({ path, headers, body }, new Date()), body };
    const timeout = Math.min(ATTEMPT_TIMEOUT_MS, deadline - performance.now());
    const { statusCode, body: answer } = await this.#send(this.#endpoint, request, timeout);
    const text = answer.toString();
    // An operation without output may respond with nothing at all.
    const output = text === "" ? {} : parse(text);
    if (statusCode >= 300) throw errorFromResponse(operation, statusCode, output, this.#sessionToken);
    if (typeof output !== "object" || output === null) throw invalidResponse(operation, "no JSON object");
    return output as Output;
  }

  async #send(url: URL, request: HttpRequest, timeout: number): Promise<HttpAnswer> {
    try {
      return await send(url, request, timeout);
    } catch (error) {
      throw new AwsError(NETWORK_ERROR, `${this.#service.signingName}: ${(error as Error).message}`, true);
    }
  }
}

/** Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
function backoff(attempt: number): number {
  return Math.random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
