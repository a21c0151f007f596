import { randomUUID } from "node:crypto";
import type { ChatEvent } from "../events/chat-event.ts";
import { createEvent } from "../events/create-event.ts";
import { type Forwarding, maxBodyBytes } from "../events/forwarding.ts";
import { type AuthenticatedRequest, acceptUnsigned, authenticate, readSignature } from "../tencent/authenticate.ts";
import {
  allowUnauthenticated,
  type Callback,
  checkSdkAppId,
  MAX_FORWARDED_BODY_BYTES,
  readCallback,
} from "../tencent/callback.ts";
import { isBeforeCallback, READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { isEmptyBody } from "../tencent/json.ts";
import { Refusal } from "../tencent/refusal.ts";
import type { ResultItem } from "../tencent/reply.ts";
import { type CallbackRequest, decodeRequest } from "../tencent/request.ts";
import type { Deadline } from "./aws/json-client.ts";
import type { TokenStore } from "./aws/token-store.ts";
import type { Environment } from "./environment.ts";
import type { Invocation } from "./invocation.ts";
import type { Receipt } from "./receipt.ts";
import type { RelayTarget } from "./relay-target.ts";

/** The reply to a request from a source address that is not allowed: `npm run doctor` recognises it. */
export const ADDRESS_NOT_ALLOWED = "the source address is not allowed";

/** The outcome of judging a callback. It decides everything that follows. */
export type Judgement = Accepted | Refused | Unjudged;

/** A genuine callback. */
export interface Accepted {
  readonly verdict: "accepted";
  readonly request: CallbackRequest;
  /** The callback's command; `undefined` for a Verify. */
  readonly command: string | undefined;
  /** Whether a user waits for the reply, as with a before-callback. */
  readonly isUserWaiting: boolean;
  /** The event to store; `undefined` for a callback that becomes no event. */
  readonly event: ChatEvent | undefined;
  /** The verdict on each account, for commands whose reply requires it. */
  readonly resultItems: readonly ResultItem[] | undefined;
}

/** A request that is not acceptable. */
export interface Refused {
  readonly verdict: "refused";
  readonly refusal: Refusal;
  /** The request, if its signature is Tencent's and it would become an event if it were accepted; otherwise `undefined`. */
  readonly signed: SignedRequest | undefined;
}

/** A refused request whose signature is Tencent's: Tencent may have changed a format, or delivered late. */
export interface SignedRequest {
  readonly request: CallbackRequest;
  /** Not if it has expired: everyone who ever saw a signed URL can send any body with it. */
  readonly isAuthenticated: boolean;
}

/** Why a request could not be judged, in words that are fit for a reply. */
export type Problem = "the token could not be read" | "internal error" | "the endpoint is not configured";

/** A request that may be genuine or not: this function could not find out. */
export interface Unjudged {
  readonly verdict: "unjudged";
  readonly problem: Problem;
  readonly cause: unknown;
  /** The decoded request; never authenticated. */
  readonly request: CallbackRequest;
  /** The command that the query claims. */
  readonly command: string | undefined;
  /** Whether a user waits for the reply, by what the request says about itself. */
  readonly isUserWaiting: boolean;
  /** Whether the request becomes an event if it turns out to be genuine. */
  readonly mayBecomeEvent: boolean;
  /** The verdict on each account, for commands whose reply requires it. */
  readonly resultItems: readonly ResultItem[] | undefined;
}

/** The dependencies of {@link CallbackJudge}. */
export interface JudgeDependencies {
  readonly environment: Pick<
    Environment,
    "sdkAppId" | "clockSkewSeconds" | "allowedSources" | "region" | "includeClientIp" | "forwarding"
  > & {
    /** The existing handler. Its callbacks may be as large as forwarded ones. */
    readonly existingHandler?: RelayTarget | undefined;
  };
  /** `undefined` if unsigned callbacks are accepted. */
  readonly tokenStore: Pick<TokenStore, "currentToken" | "freshTokens"> | undefined;
}

/** Thrown when the token could not be read, so that nobody can tell whether a request is genuine. */
class TokenUnavailable extends Error {
  override readonly name = "TokenUnavailable";
}

/** Judges callbacks: from API Gateway's event, in one direction, to the event for consumers. */
export class CallbackJudge {
  readonly #environment: JudgeDependencies["environment"];
  readonly #tokenStore: JudgeDependencies["tokenStore"];

  constructor({ environment, tokenStore }: JudgeDependencies) {
    this.#environment = environment;
    this.#tokenStore = tokenStore;
  }

  /**
   * Judges a callback as of the time it was received.
   *
   * @param deadline when to give up reading the token
   * @throws {TypeError} only when the invocation is not an event of API Gateway
   */
  async judge(invocation: Invocation, receipt: Receipt, deadline: Deadline): Promise<Judgement> {
    let request: CallbackRequest | undefined;
    let authenticated: AuthenticatedRequest | undefined;
    try {
      this.#checkSourceAddress(invocation);
      request = decodeRequest(invocation);
      authenticated = await this.#authenticate(request, receipt, deadline);
      checkSdkAppId(authenticated, this.#environment.sdkAppId);
      const { forwarding, existingHandler } = this.#environment;
      const limit = maxBodyBytes(request.parameters.callbackCommand, forwarding, existingHandler);
      return this.#accept(authenticated, readCallback(authenticated, limit), invocation, receipt);
    } catch (error) {
      if (error instanceof Refusal) return this.#refuse(error, request, authenticated);
      if (request === undefined) throw error;
      return error instanceof TokenUnavailable
        ? leaveUnjudged(request, this.#environment, "the token could not be read", error.cause)
        : leaveUnjudged(request, this.#environment, "internal error", error);
    }
  }

  #refuse(
    refusal: Refusal,
    request: CallbackRequest | undefined,
    authenticated: AuthenticatedRequest | undefined,
  ): Refused {
    // Not with `AUTHENTICATION=none`, where anyone could fill the log.
    const isAuthenticated = authenticated?.authentication === "token";
    const isSigned = isAuthenticated || refusal.reason === "request-expired";
    const isLost = isSigned && request !== undefined && mayBecomeEvent(request, this.#environment);
    return { verdict: "refused", refusal, signed: isLost ? { request, isAuthenticated } : undefined };
  }

  #checkSourceAddress({ requestContext }: Invocation): void {
    if (this.#environment.allowedSources?.has(requestContext.http.sourceIp) === false) {
      throw new Refusal("source-address-not-allowed", ADDRESS_NOT_ALLOWED);
    }
  }

  async #authenticate(
    request: CallbackRequest,
    { unixTime: receivedAt }: Receipt,
    deadline: Deadline,
  ): Promise<AuthenticatedRequest> {
    if (this.#tokenStore === undefined) return acceptUnsigned(request);
    const { clockSkewSeconds } = this.#environment;
    const claim = readSignature(request);
    const current = await this.#tokenStore.currentToken(deadline).catch(failUnavailable);
    try {
      return authenticate(request, claim, { tokens: [current], receivedAt, clockSkewSeconds });
    } catch (error) {
      if (!(error instanceof Refusal && error.reason === "signature-invalid")) throw error;
      const tokens = await this.#tokenStore.freshTokens(receivedAt, deadline).catch(failUnavailable);
      return authenticate(request, claim, { tokens, receivedAt, clockSkewSeconds });
    }
  }

  #accept(
    request: AuthenticatedRequest,
    callback: Callback,
    { requestContext: { accountId: account } }: Invocation,
    { unixTime: receivedAt }: Receipt,
  ): Accepted {
    const { region } = this.#environment;
    const origin = { id: randomUUID(), account, region, receivedAt };
    const command = commandOf(callback);
    return {
      verdict: "accepted",
      request,
      command,
      isUserWaiting: command !== undefined && isBeforeCallback(command),
      event: createEvent(request, callback, this.#environment, origin),
      resultItems: callback.kind === "other" ? callback.resultItems : undefined,
    };
  }
}

function commandOf(callback: Callback): string | undefined {
  if (callback.kind === "verify") return undefined;
  return callback.kind === "read-report" ? READ_REPORT_COMMAND : callback.command;
}

/** The configuration that decides whether a request may become an event. */
export interface Expectations {
  /** `undefined` if unknown. */
  readonly sdkAppId: string | undefined;
  readonly forwarding: Forwarding;
}

/** Gives up judging a request. */
export function leaveUnjudged(
  request: CallbackRequest,
  expected: Expectations,
  problem: Problem,
  cause: unknown,
): Unjudged {
  const { callbackCommand: command } = request.parameters;
  const isUserWaiting = isBeforeCallback(command ?? "");
  return {
    verdict: "unjudged",
    problem,
    cause,
    request,
    command,
    isUserWaiting,
    // A larger one could not be kept whole.
    mayBecomeEvent: request.body.byteLength <= MAX_FORWARDED_BODY_BYTES && mayBecomeEvent(request, expected),
    resultItems: isUserWaiting ? allowUnauthenticated(request) : undefined,
  };
}

/** Ignores what Tencent may change and a later version accept: the request may be too large, or lack the SDKAppID. */
function mayBecomeEvent(
  { parameters: { callbackCommand: command, sdkAppId: claimedSdkAppId }, body }: CallbackRequest,
  { sdkAppId, forwarding }: Expectations,
): boolean {
  const isOurs = !claimedSdkAppId || sdkAppId === undefined || claimedSdkAppId === sdkAppId;
  const isWanted = !command || command === READ_REPORT_COMMAND || forwarding.has(command);
  return isWanted && isOurs && !isEmptyBody(body);
}

function failUnavailable(cause: unknown): never {
  throw new TokenUnavailable(undefined, { cause });
}
