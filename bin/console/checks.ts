import type { RefusalReason } from "../../tencent/refusal.ts";
import type { Check } from "./protocol.ts";

/** The endpoint's checks in their order: the first that applies decides. `Route` is API Gateway's. */
export const CHECKS = [
  "Route",
  "Function",
  "Source address",
  "Repeated parameters",
  "Signature present",
  "Token",
  "Signature",
  "Request time",
  "SDKAppID",
  "Body size",
  "Verify",
  "JSON",
  "Command",
  "Before-callback",
  "Forwarding",
  "Fields",
  "Storage",
] as const;

/** One of {@link CHECKS}. */
export type CheckName = (typeof CHECKS)[number];

/** The check that refuses a callback, by the reason it gives. */
export const CHECK_OF_REASON: Readonly<Record<RefusalReason, CheckName>> = {
  "source-address-not-allowed": "Source address",
  "parameter-repeated": "Repeated parameters",
  "signature-missing": "Signature present",
  "signature-malformed": "Signature present",
  "signature-invalid": "Signature",
  "request-expired": "Request time",
  "sdk-app-id-missing": "SDKAppID",
  "sdk-app-id-mismatch": "SDKAppID",
  "body-too-large": "Body size",
  "body-malformed": "JSON",
  "command-missing": "Command",
  "command-mismatch": "Command",
  "read-report-invalid": "Fields",
};

/** A check that decided, and why. */
export interface Decision {
  readonly check: CheckName;
  readonly explanation: string;
}

/** Lists all checks: those before the deciding one passed. Without a decision, none has been reached as far as anyone can tell. */
export function listChecks(decision: Decision | undefined): Check[] {
  const deciding = decision ? CHECKS.indexOf(decision.check) : -1;
  return CHECKS.map((name, index) => {
    if (index === deciding) return { name, outcome: "decided", explanation: decision?.explanation ?? "" };
    return { name, outcome: index < deciding ? "passed" : "not reached" };
  });
}
