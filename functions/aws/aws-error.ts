/** Throttling under its various names, several with status 400, and failures that the services report without a status. */
const TEMPORARY_CODES =
  /Throttl|Throughput|TooManyRequests|LimitExceeded|OverLimit|SlowDown|^Internal|^RequestTimeout|^ServiceUnavailable/;

/** Thrown when a call to an AWS service failed. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  /** AWS's name for the error, such as `ThrottlingException`; or ours: `NetworkError`, `InvalidResponse`, `Http503`. */
  readonly code: string;
  /** Whether the same call may succeed if repeated. */
  readonly retryable: boolean;

  /**
   * @param code AWS's name for the error, or ours
   * @param explanation what happened
   * @param retryable derived from the code by default
   */
  constructor(code: string, explanation: string, retryable = TEMPORARY_CODES.test(code)) {
    super(`${code}: ${explanation}`);
    this.code = code;
    this.retryable = retryable;
  }
}

/**
 * Creates the error for a response with a status of 300 or more
 * (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization).
 *
 * @param secret the session token, which AWS's explanation may quote and the error must not
 */
export function errorFromResponse(operation: string, statusCode: number, answer: unknown, secret?: string): AwsError {
  const { __type: type, message, Message = message } = (answer ?? {}) as Record<string, unknown>;
  const code = typeof type === "string" ? type.slice(type.indexOf("#") + 1) : `Http${statusCode}`;
  // AWS explains a wrong signature by quoting the whole request.
  const explanation = /Signature/.test(code) ? "" : ` ${Message ?? ""}`;
  return new AwsError(
    code,
    `${operation} ${statusCode}${secret ? explanation.replaceAll(secret, "…") : explanation}`,
    statusCode >= 500 || statusCode === 429 || undefined,
  );
}

/** Creates the error for an invalid response, such as a truncated one. */
export function invalidResponse(operation: string, problem: string): AwsError {
  return new AwsError("InvalidResponse", `${operation}: ${problem}`, true);
}
