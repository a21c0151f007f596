import { AwsError, errorFromResponse, invalidResponse } from "./aws-error.ts";
import type { Credentials } from "./credentials.ts";
import { type HttpAnswer, type HttpRequest, send } from "./http.ts";
import { createSigner } from "./sign-request.ts";

/** The service a client speaks to. */
export interface Service {
  /** The name requests are signed for. */
  readonly signingName: string;
  /** What `X-Amz-Target` starts with. */
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

/** A moment of `performance.now()`, in milliseconds, at which trying has to end. */
export type Deadline = number;

// A connection within a region is there in 1 to 20 ms, an answer in 5 to 50: who takes longer is stuck, and a second
// attempt usually isn't. Two stuck attempts and one that is not fit into the destination's 1.0 s.
const ATTEMPT_TIMEOUT_MS = 400;
const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 400;
/** An attempt that has less time than this can't succeed and only delays what comes next. */
const SHORTEST_ATTEMPT_MS = 10;

/** The code of a failure without an answer: no connection, a reset, a time-out. */
const NETWORK_ERROR = "NetworkError";

/**
 * A client for one service that speaks AWS's JSON protocol: one signed POST for each call, repeated until it succeeds,
 * fails for good, or runs out of time.
 */
export class JsonClient {
  readonly #service: Service;
  readonly #endpoint: URL;
  readonly #sign: ReturnType<typeof createSigner>;

  /**
   * @param service the service
   * @param endpoint its URL
   * @param region the region requests are signed for
   * @param credentials the credentials requests are signed with
   */
  constructor(service: Service, endpoint: URL, region: string, credentials: Credentials) {
    this.#service = service;
    this.#endpoint = endpoint;
    this.#sign = createSigner(credentials, region, service.signingName);
  }

  /**
   * Opens a connection and keeps it for the first call, without an effect at the other end.
   *
   * @throws {AwsError} when no answer came by the deadline; whatever the answer says, it is good enough
   */
  async connect(deadline: Deadline): Promise<void> {
    await this.#send(new URL("/ping", this.#endpoint), { method: "GET", headers: {} }, deadline - performance.now());
  }

  /**
   * Makes one call.
   *
   * Connection failures, time-outs, throttling (which SQS and KMS also answer as a 400), 5xx and answers that are no
   * JSON are tried again. So may be a call that was carried out and whose answer was lost: it must bear repeating.
   *
   * @param operation the operation's name, `SendMessage`
   * @param input its input
   * @param deadline when to give up
   * @param check looks at the output and throws when it means a failure; a retryable `AwsError` has it tried again
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
    const { statusCode, text } = await this.#send(this.#endpoint, request, timeout);
    // What has no output may answer with nothing at all.
    const output = text === "" ? {} : parse(text);
    if (statusCode >= 300) throw errorFromResponse(operation, statusCode, output);
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
