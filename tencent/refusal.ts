/**
 * Every reason for which a callback is refused, with the HTTP status of the reply.
 *
 * A refusal is the sender's fault, so its status is always a 4xx: alarms on 5xx must not be in an attacker's hands.
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

/** Why a callback was refused: the closed list shared by replies, logs, metrics and tests. */
export type RefusalReason = keyof typeof STATUS_CODES;

/** All reasons, for those who count or document them. */
export const REFUSAL_REASONS = /* @__PURE__ */ Object.keys(STATUS_CODES) as RefusalReason[];

/** Thrown by the steps in this folder when a callback is not to be accepted. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: RefusalReason;

  /**
   * @param reason what is wrong
   * @param message the same in words, for the reply: where, and what was expected; never a value that the caller sent
   */
  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }

  /** HTTP status of the reply, always a 4xx. */
  get statusCode(): number {
    return STATUS_CODES[this.reason];
  }
}
