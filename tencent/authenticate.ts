import { Refusal } from "./refusal.ts";
import type { CallbackRequest } from "./request.ts";
import { isSignedWithAny } from "./signature.ts";

/** How a request was authenticated: by Tencent's token, or not at all because the operator chose so. */
export type Authentication = "token" | "none";

declare const authenticated: unique symbol;

/**
 * A request whose sender was authenticated as this deployment demands. Only the functions in this file make one,
 * and only from one can an event be made: the compiler keeps the order.
 */
export interface AuthenticatedRequest extends CallbackRequest {
  readonly [authenticated]: true;
  readonly authentication: Authentication;
}

/** `Sign` and `RequestTime`, well-formed, not yet verified. */
export interface SignatureClaim {
  /** 64 hex digits. */
  readonly sign: string;
  /** Unix seconds, digits only, as the text received: that is what was signed. */
  readonly requestTime: string;
}

/** What a signature is judged by. */
export interface SignatureRules {
  /** The tokens that are valid now, none of them empty. */
  readonly tokens: readonly string[];
  /** When the request was received, in Unix milliseconds. */
  readonly receivedAt: number;
  /** How far `RequestTime` may lie from `receivedAt`, either way, in seconds. */
  readonly clockSkewSeconds: number;
}

/**
 * Takes the signature out of a request, which needs no token yet.
 *
 * @throws {Refusal} `signature-missing`, `signature-malformed`
 */
export function readSignature({ parameters: { sign, requestTime } }: CallbackRequest): SignatureClaim {
  if (!sign || !requestTime) throw new Refusal("signature-missing", "Sign or RequestTime is missing in the query");
  if (!/^[0-9a-f]{64}$/i.test(sign) || !/^[0-9]+$/.test(requestTime)) {
    throw new Refusal("signature-malformed", "Sign is not 64 hex digits or RequestTime not Unix seconds");
  }
  return { sign, requestTime };
}

/**
 * Verifies the signature, then its age: only who knows the token learns that a time is off.
 *
 * @throws {Refusal} `signature-invalid`; `request-expired` when `RequestTime` lies too far back or ahead
 */
export function authenticate(
  request: CallbackRequest,
  claim: SignatureClaim,
  rules: SignatureRules,
): AuthenticatedRequest {
  if (!isSignedWithAny(claim.sign, claim.requestTime, rules.tokens)) {
    throw new Refusal("signature-invalid", "Sign does not match");
  }
  // Whole seconds against whole seconds, as Tencent's guide compares them.
  const age = Math.floor(rules.receivedAt / 1000) - Number(claim.requestTime);
  if (Math.abs(age) > rules.clockSkewSeconds) {
    throw new Refusal("request-expired", `RequestTime is more than ${rules.clockSkewSeconds} seconds from now`);
  }
  return { ...request, authentication: "token" } as AuthenticatedRequest;
}

/** Lets a request pass unsigned, for deployments that are configured with `AUTHENTICATION=none`. */
export function acceptUnsigned(request: CallbackRequest): AuthenticatedRequest {
  return { ...request, authentication: "none" } as AuthenticatedRequest;
}
