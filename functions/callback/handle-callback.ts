import { randomUUID } from "node:crypto";
import type { TokenStore } from "../aws/token-store.ts";
import type { Publisher } from "../destination/publisher.ts";
import type { SqsPublisher } from "../destination/sqs.ts";
import type { Environment } from "../environment.ts";
import { type ChatEvent, createReadEvent } from "../events/chat-event.ts";
import { explain, log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { type AuthenticatedRequest, acceptUnsigned, authenticate, readSignature } from "../tencent/authenticate.ts";
import { checkSdkAppId, readCallback } from "../tencent/callback.ts";
import { Refusal } from "../tencent/refusal.ts";
import { type Reply, replyOk, replyRefused, replyUnavailable } from "../tencent/reply.ts";
import { type CallbackRequest, readRequest } from "../tencent/request.ts";
import { deliver } from "./deliver.ts";
import type { Invocation } from "./invocation.ts";
import { park } from "./unverified-request.ts";

/** Milliseconds after receipt by which the token has to be read: at the last moment, the destination still has 400. */
const TOKEN_UNTIL_MS = 600;

/** What the pipeline works with. */
export interface Dependencies {
  readonly environment: Pick<
    Environment,
    "sdkAppId" | "clockSkewSeconds" | "allowedSources" | "region" | "includeClientIp" | "logEvents"
  >;
  /** `undefined` when unsigned callbacks are accepted. */
  readonly tokenStore: Pick<TokenStore, "tokens" | "tokensAfterMismatch"> | undefined;
  readonly destination: Publisher;
  readonly standby: Publisher & Pick<SqsPublisher, "send">;
  readonly metrics: Metrics;
}

/** Thrown when the token could not be read, so that nobody can say whether a request is genuine. */
class TokenUnavailable extends Error {
  override readonly name = "TokenUnavailable";
}

/**
 * Makes the handler of callbacks: one value travels one way, from API Gateway's event to the reply, and `OK` is said
 * only when the event is stored. The handler never rejects.
 */
export function createHandler({ environment, tokenStore, destination, standby, metrics }: Dependencies) {
  const { sdkAppId, clockSkewSeconds, allowedSources, region, logEvents } = environment;

  return async function handleCallback(invocation: Invocation): Promise<Reply> {
    const receivedAt = Date.now();
    const reply = await answer(invocation, receivedAt, performance.now());
    metrics.flush(receivedAt);
    return reply;
  };

  async function answer(invocation: Invocation, receivedAt: number, startedAt: number): Promise<Reply> {
    try {
      checkSourceAddress(invocation);
      const request = readRequest(invocation);
      const authenticated = await authenticateSender(request, receivedAt, startedAt);
      checkSdkAppId(authenticated, sdkAppId);
      const callback = readCallback(authenticated);
      if (callback.kind !== "read-report") {
        metrics.count("Acknowledged");
        return replyOk(callback.kind === "other" ? callback.resultItems : undefined);
      }
      const receipt = { id: randomUUID(), account: invocation.requestContext.accountId, region, receivedAt };
      const event = createReadEvent(authenticated, callback.report, environment, receipt);
      return (await store(event, receivedAt, startedAt))
        ? replyOk()
        : replyUnavailable("the event could not be stored");
    } catch (error) {
      if (error instanceof Refusal) {
        const { http, requestId } = invocation.requestContext;
        metrics.refused(error.reason, receivedAt, { explanation: error.message, sourceIp: http.sourceIp, requestId });
        return replyRefused(error);
      }
      if (error instanceof TokenUnavailable) {
        log("ERROR", error.message, { error: explain(error.cause) });
        await park(invocation, receivedAt, startedAt, standby);
        return replyUnavailable(error.message);
      }
      log("ERROR", "a callback could not be handled", { error: error instanceof Error ? error.stack : String(error) });
      return replyUnavailable("internal error");
    }
  }

  /** @returns whether the event is stored */
  async function store(event: ChatEvent, receivedAt: number, startedAt: number): Promise<boolean> {
    const publishedFrom = performance.now();
    const place = await deliver(event, startedAt, destination, standby);
    const milliseconds = performance.now() - publishedFrom;
    const { metadata, data } = event.detail;
    if (data.EventTime !== undefined) metrics.measured("Lag", receivedAt - data.EventTime);
    if (place) {
      metrics.count("Accepted");
      metrics.measured("PublishTime", milliseconds);
      const { deduplicationId, requestId } = metadata;
      if (logEvents) log("INFO", "an event was stored", { deduplicationId, requestId, place, milliseconds });
    } else {
      metrics.count("NotStored");
    }
    if (place === "standby") metrics.count("Standby");
    if (place !== "destination") metrics.flush(receivedAt, true);
    return place !== undefined;
  }

  function checkSourceAddress({ requestContext }: Invocation): void {
    if (allowedSources?.has(requestContext.http.sourceIp) === false) {
      throw new Refusal("source-address-not-allowed", "the source address is not allowed");
    }
  }

  async function authenticateSender(
    request: CallbackRequest,
    receivedAt: number,
    startedAt: number,
  ): Promise<AuthenticatedRequest> {
    if (tokenStore === undefined) return acceptUnsigned(request);
    const claim = readSignature(request);
    const deadline = startedAt + TOKEN_UNTIL_MS;
    const tokens = await tokenStore.tokens(receivedAt, deadline).catch(failUnavailable);
    try {
      return authenticate(request, claim, { tokens, receivedAt, clockSkewSeconds });
    } catch (error) {
      if (!(error instanceof Refusal && error.reason === "signature-invalid")) throw error;
      const newerTokens = await tokenStore.tokensAfterMismatch(receivedAt, deadline).catch(failUnavailable);
      if (newerTokens === undefined) throw error;
      return authenticate(request, claim, { tokens: newerTokens, receivedAt, clockSkewSeconds });
    }
  }
}

function failUnavailable(cause: unknown): never {
  throw new TokenUnavailable("the token could not be read", { cause });
}
