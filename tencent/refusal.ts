/**
 * Every reason to refuse a callback, with the HTTP status of the reply.
 *
 * A refusal is the sender's fault, so its status is always a 4xx: an attacker must not be able to trigger alarms on 5xx.
 */
const STATUS_CODES = {
  "source-address-not-allowed": 403,
  "parameter-repeated": 400,
  "signature-missing": 401,
  "signature-malformed": 401,
  "signature-invalid": 401,
  "request-expired": 401,
  "sdk-app-id-missing": 403,
  "sdk-app-id-mismatch": 403,
  "body-too-large": 413,
  "body-malformed": 400,
  "command-missing": 400,
  "command-mismatch": 400,
  "read-report-invalid": 400,
} as const;

/** Why a callback was refused: a closed list, shared by replies, logs, metrics and tests. */
export type RefusalReason = keyof typeof STATUS_CODES;

/** All reasons. */
export const REFUSAL_REASONS = /* @__PURE__ */ Object.keys(STATUS_CODES) as RefusalReason[];

/** Thrown by the steps in this folder to refuse a callback. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: RefusalReason;

  /**
   * @param reason the reason as a code
   * @param message the reason in words, for the reply: where and what was expected, but never a value that the caller sent
   */
  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }

  /** The HTTP status of the reply, always a 4xx. */
  get statusCode(): number {
    return STATUS_CODES[this.reason];
  }
}
