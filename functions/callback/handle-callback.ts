import { type ChatEvent, isReadEvent } from "../../events/chat-event.ts";
import { isBeforeCallback } from "../../tencent/commands.ts";
import { Refusal } from "../../tencent/refusal.ts";
import { type Reply, replyOk, replyRefused, replyUnavailable } from "../../tencent/reply.ts";
import type { Publisher } from "../destination/publisher.ts";
import type { SqsPublisher } from "../destination/sqs.ts";
import type { Environment } from "../environment.ts";
import type { Invocation } from "../invocation.ts";
import { createJudge, type JudgeDependencies, TokenUnavailable } from "../judge-callback.ts";
import { log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { deliver } from "./deliver.ts";
import { createParking, logUnverified } from "./parking.ts";
import { replyUnjudged } from "./reply-unjudged.ts";

/** Milliseconds after receipt by which the token has to be read: at the last moment, the destination still has 400. */
const TOKEN_UNTIL_MS = 600;

/** What the handler works with. */
export interface Dependencies extends JudgeDependencies {
  readonly environment: JudgeDependencies["environment"] & Pick<Environment, "logEvents">;
  readonly destination: Publisher;
  readonly standby: Publisher & Pick<SqsPublisher, "send">;
  readonly metrics: Metrics;
}

/**
 * Makes the handler of callbacks: `OK` is said only when the event is stored; but a before-callback that is not refused is
 * always allowed. The handler never rejects.
 */
export function createHandler({ environment, tokenStore, destination, standby, metrics }: Dependencies) {
  const judge = createJudge({ environment, tokenStore });
  const { forwarding } = environment;
  const park = createParking(standby, metrics, forwarding);

  return async function handleCallback(invocation: Invocation): Promise<Reply> {
    const receivedAt = Date.now();
    const reply = await answer(invocation, receivedAt, performance.now());
    metrics.flush(receivedAt);
    return reply;
  };

  async function answer(invocation: Invocation, receivedAt: number, startedAt: number): Promise<Reply> {
    try {
      const { event, resultItems } = await judge(invocation, receivedAt, startedAt + TOKEN_UNTIL_MS);
      if (event === undefined) {
        metrics.count("Acknowledged");
        return replyOk(resultItems);
      }
      const isStored = await store(event, receivedAt, startedAt);
      return isStored || isBeforeCallback(event["detail-type"])
        ? replyOk(resultItems)
        : replyUnavailable("the event could not be stored");
    } catch (error) {
      if (error instanceof Refusal) {
        // A test event of Lambda's console has no such context.
        const { http, requestId } = (invocation.requestContext ?? {}) as Partial<Invocation["requestContext"]>;
        metrics.refused(error.reason, receivedAt, { explanation: error.message, sourceIp: http?.sourceIp, requestId });
        return replyRefused(error);
      }
      if (error instanceof TokenUnavailable) {
        await park(invocation, receivedAt, startedAt, error);
        return replyUnjudged(invocation, error.message);
      }
      log("ERROR", "internal error", { error: error instanceof Error ? error.stack : String(error) });
      logUnverified("a callback was not processed: internal error", invocation, receivedAt, error, forwarding);
      return replyUnjudged(invocation, "internal error");
    }
  }

  /** @returns whether the event is stored */
  async function store(event: ChatEvent, receivedAt: number, startedAt: number): Promise<boolean> {
    const publishedFrom = performance.now();
    const place = await deliver(event, startedAt, destination, standby);
    const milliseconds = performance.now() - publishedFrom;
    const readAt = isReadEvent(event) ? event.detail.data.EventTime : undefined;
    // CloudWatch has no percentiles of negative numbers, which clocks that differ would give.
    if (readAt !== undefined) metrics.measured("Lag", Math.max(0, receivedAt - readAt));
    if (place) {
      metrics.count("Accepted");
      metrics.measured("PublishTime", milliseconds);
      const { deduplicationId, requestId } = event.detail.metadata;
      if (environment.logEvents) {
        log("INFO", "an event was stored", { deduplicationId, requestId, place, milliseconds });
      }
    } else {
      metrics.count("NotStored");
    }
    if (place === "standby") metrics.count("Standby");
    if (place !== "destination") metrics.hurry();
    return place !== undefined;
  }
}
