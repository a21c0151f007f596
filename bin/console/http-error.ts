/** Thrown to answer a request with an error. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly statusCode: number;

  /**
   * @param statusCode the answer's status
   * @param message what was wrong, and what is expected
   */
  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}
