/** Thrown by a simulated AWS service that refuses a call. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  /** The HTTP status code of the answer. */
  readonly statusCode: number;
  /** The code of the error, such as `InvalidParameterValue`. */
  readonly code: string;

  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}
