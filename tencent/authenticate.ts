import { Refusal } from "./refusal.ts";
import type { CallbackRequest } from "./request.ts";
import { isSignedWithAny } from "./signature.ts";

/** How a request was authenticated: with Tencent's token, or not at all because the operator chose so. */
export type Authentication = "token" | "none";

declare const authenticated: unique symbol;

/**
 * A request that was authenticated as this deployment demands. Only the functions in this file create one, and events are
 * created from nothing else, so the compiler enforces the order.
 */
export interface AuthenticatedRequest extends CallbackRequest {
  readonly [authenticated]: true;
  readonly authentication: Authentication;
}

/** `Sign` and `RequestTime`, well-formed but not yet verified. */
export interface SignatureClaim {
  /** 64 hex digits. */
  readonly sign: string;
  /** Unix seconds as digits: exactly the text received, because that text was signed. */
  readonly requestTime: string;
}

/** How to judge a signature. */
export interface SignatureRules {
  /** The tokens that are valid now, none of them empty. */
  readonly tokens: readonly string[];
  /** When the request was received, in Unix milliseconds. */
  readonly receivedAt: number;
  /** The largest allowed distance between `RequestTime` and `receivedAt`, either way, in seconds. */
  readonly clockSkewSeconds: number;
}

/** How the reply to an expired request begins: `npm run doctor` recognises it. */
export const EXPIRED = "RequestTime is more than ";

/** The reply to an unsigned request: `npm run doctor` recognises endpoints of this project by it. */
export const UNSIGNED = "Sign or RequestTime is missing in the query";

/**
 * Reads a request's signature. Needs no token.
 *
 * @throws {Refusal} `signature-missing`, `signature-malformed`
 */
export function readSignature({ parameters: { sign, requestTime } }: CallbackRequest): SignatureClaim {
  if (!sign || !requestTime) throw new Refusal("signature-missing", UNSIGNED);
  if (!/^[0-9a-f]{64}$/i.test(sign) || !/^[0-9]+$/.test(requestTime)) {
    throw new Refusal("signature-malformed", "Sign is not 64 hex digits or RequestTime not Unix seconds");
  }
  return { sign, requestTime };
}

/**
 * Verifies the signature, then its age, in this order: only callers who know the token learn that a time is off.
 *
 * @throws {Refusal} `signature-invalid`; `request-expired` when `RequestTime` is too far in the past or the future
 */
export function authenticate(
  request: CallbackRequest,
  claim: SignatureClaim,
  rules: SignatureRules,
): AuthenticatedRequest {
  if (!isSignedWithAny(claim.sign, claim.requestTime, rules.tokens)) {
    throw new Refusal("signature-invalid", "Sign does not match");
  }
  // Tencent's guide compares whole seconds.
  const age = Math.floor(rules.receivedAt / 1000) - Number(claim.requestTime);
  if (Math.abs(age) > rules.clockSkewSeconds) {
    throw new Refusal("request-expired", `${EXPIRED}${rules.clockSkewSeconds} seconds from now`);
  }
  return { ...request, authentication: "token" } as AuthenticatedRequest;
}

/** Accepts a request from the log whose signature was verified when it was received, and that was then refused for its content. */
export function acceptVerified(request: CallbackRequest): AuthenticatedRequest {
  return { ...request, authentication: "token" } as AuthenticatedRequest;
}

/**
 * Accepts a request without checking a signature: for deployments with `AUTHENTICATION=none`, and for requests from the log
 * that the operator replays with `--unverified`.
 */
export function acceptUnsigned(request: CallbackRequest): AuthenticatedRequest {
  return { ...request, authentication: "none" } as AuthenticatedRequest;
}
