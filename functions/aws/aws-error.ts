/** Throttling under the names services give it, several with status 400, and services' own failures without a status. */
const TEMPORARY_CODES =
  /Throttl|Throughput|TooManyRequests|LimitExceeded|OverLimit|SlowDown|^Internal|^RequestTimeout|^ServiceUnavailable/;

/** Thrown when a call to an AWS service failed. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  /** AWS's name of the error, such as `ThrottlingException`; or `NetworkError`, `InvalidResponse`, `Http503`. */
  readonly code: string;
  /** Whether the same call may succeed if it is made again. */
  readonly retryable: boolean;

  /**
   * @param code AWS's name of the error, or ours
   * @param explanation what happened
   * @param retryable by default what the code's name says
   */
  constructor(code: string, explanation: string, retryable = TEMPORARY_CODES.test(code)) {
    super(`${code}: ${explanation}`);
    this.code = code;
    this.retryable = retryable;
  }
}

/**
 * The error that an answer with a status of 300 or more stands for
 * (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization).
 */
export function errorFromResponse(operation: string, statusCode: number, answer: unknown): AwsError {
  const { __type: type, message, Message = message } = (answer ?? {}) as Record<string, unknown>;
  const code = typeof type === "string" ? type.slice(type.indexOf("#") + 1) : `Http${statusCode}`;
  // AWS explains a wrong signature by quoting the request, session token included.
  const explanation = /Signature/.test(code) ? "" : ` ${Message ?? ""}`;
  return new AwsError(
    code,
    `${operation} ${statusCode}${explanation}`,
    statusCode >= 500 || statusCode === 429 || undefined,
  );
}

/** The error of an answer that can't be right, such as one that was cut off. */
export function invalidResponse(operation: string, problem: string): AwsError {
  return new AwsError("InvalidResponse", `${operation}: ${problem}`, true);
}
