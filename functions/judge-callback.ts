import { randomUUID } from "node:crypto";
import type { ChatEvent } from "../events/chat-event.ts";
import { createEvent } from "../events/create-event.ts";
import { maxBodyBytes } from "../events/forwarding.ts";
import { type AuthenticatedRequest, acceptUnsigned, authenticate, readSignature } from "../tencent/authenticate.ts";
import { checkSdkAppId, readCallback } from "../tencent/callback.ts";
import { Refusal } from "../tencent/refusal.ts";
import type { ResultItem } from "../tencent/reply.ts";
import { type CallbackRequest, readRequest } from "../tencent/request.ts";
import type { Deadline } from "./aws/json-client.ts";
import type { TokenStore } from "./aws/token-store.ts";
import type { Environment } from "./environment.ts";
import type { Invocation } from "./invocation.ts";

/** What a callback is judged by. */
export interface JudgeDependencies {
  readonly environment: Pick<
    Environment,
    "sdkAppId" | "clockSkewSeconds" | "allowedSources" | "region" | "includeClientIp" | "forwarding"
  >;
  /** `undefined` when unsigned callbacks are accepted. */
  readonly tokenStore: Pick<TokenStore, "tokens" | "tokensAfterMismatch"> | undefined;
}

/** What an accepted callback comes to. */
export interface Judgement {
  /** The event to store, if the callback is a read report or one that is forwarded. */
  readonly event?: ChatEvent | undefined;
  /** What the reply has to say about each account, for the commands that require it. */
  readonly resultItems?: readonly ResultItem[] | undefined;
}

/** Thrown when the token could not be read, so that nobody can say whether a request is genuine. */
export class TokenUnavailable extends Error {
  override readonly name = "TokenUnavailable";
}

/**
 * Makes what judges callbacks: one value travels one way, from API Gateway's event to the event for consumers.
 *
 * @returns judges a callback as of the time of its receipt, reading the token by the deadline if need be; times are Unix
 *   milliseconds. Throws a {@link Refusal} for what is not to be accepted, and {@link TokenUnavailable}
 */
export function createJudge({ environment, tokenStore }: JudgeDependencies) {
  const { clockSkewSeconds, allowedSources, region } = environment;

  return async function judge(
    invocation: Invocation,
    receivedAt: number,
    deadline: Deadline,
    now = receivedAt,
  ): Promise<Judgement> {
    checkSourceAddress(invocation);
    const request = readRequest(invocation);
    const authenticated = await authenticateSender(request, receivedAt, deadline, now);
    checkSdkAppId(authenticated, environment.sdkAppId);
    const callback = readCallback(
      authenticated,
      maxBodyBytes(request.parameters.callbackCommand, environment.forwarding),
    );
    if (callback.kind === "verify") return {};
    const receipt = { id: randomUUID(), account: invocation.requestContext.accountId, region, receivedAt };
    const event = createEvent(authenticated, callback, environment, receipt);
    return callback.kind === "read-report" ? { event } : { event, resultItems: callback.resultItems };
  };

  function checkSourceAddress({ requestContext }: Invocation): void {
    if (allowedSources?.has(requestContext.http.sourceIp) === false) {
      throw new Refusal("source-address-not-allowed", "the source address is not allowed");
    }
  }

  async function authenticateSender(
    request: CallbackRequest,
    receivedAt: number,
    deadline: Deadline,
    now: number,
  ): Promise<AuthenticatedRequest> {
    if (tokenStore === undefined) return acceptUnsigned(request);
    const claim = readSignature(request);
    const tokens = await tokenStore.tokens(now, deadline, receivedAt).catch(failUnavailable);
    try {
      return authenticate(request, claim, { tokens, receivedAt, clockSkewSeconds });
    } catch (error) {
      if (!(error instanceof Refusal && error.reason === "signature-invalid")) throw error;
      const newerTokens = await tokenStore.tokensAfterMismatch(now, deadline, receivedAt).catch(failUnavailable);
      if (newerTokens === undefined) throw error;
      return authenticate(request, claim, { tokens: newerTokens, receivedAt, clockSkewSeconds });
    }
  }
}

function failUnavailable(cause: unknown): never {
  throw new TokenUnavailable("the token could not be read", { cause });
}
