import type { ChatEvent } from "../../events/chat-event.ts";
import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { type Reply, replyOk, replyRefused, replyUnavailable } from "../../tencent/reply.ts";
import type { Publisher } from "../destination/publisher.ts";
import type { SqsPublisher } from "../destination/sqs.ts";
import type { Environment } from "../environment.ts";
import type { Invocation } from "../invocation.ts";
import {
  type Accepted,
  CallbackJudge,
  type JudgeDependencies,
  type Judgement,
  type Refused,
  type Unjudged,
} from "../judge-callback.ts";
import { log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { type Receipt, takeReceipt } from "../receipt.ts";
import type { RecoveryLog } from "../recovery-log.ts";
import { TOKEN_UNTIL_MS } from "./deadlines.ts";
import { deliver } from "./deliver.ts";
import { Parking } from "./park.ts";
import { NOT_ACCEPTED_MESSAGE, type Relay, type RelayOutcome } from "./relay.ts";
import { replyWithoutStoring } from "./reply-without-storing.ts";

/** The handler's dependencies. */
export interface Dependencies extends JudgeDependencies {
  readonly environment: JudgeDependencies["environment"] & Pick<Environment, "logEvents">;
  readonly destination: Publisher;
  readonly standby: Publisher & Pick<SqsPublisher, "send">;
  readonly recoveryLog: RecoveryLog;
  readonly metrics: Metrics;
  /** Relays callbacks to the existing handler; `undefined` without one. */
  readonly relay: Relay | undefined;
}

/**
 * Handles callbacks: replies `OK` only once the event is stored. A before-callback that is not refused is allowed in any
 * case, because a user is waiting. If it is relayed, the existing handler decides instead.
 */
export class CallbackHandler {
  readonly #dependencies: Dependencies;
  readonly #judge: CallbackJudge;
  readonly #parking: Parking;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#judge = new CallbackJudge(dependencies);
    this.#parking = new Parking(dependencies);
  }

  /** Handles one invocation. Never rejects. */
  async handle(invocation: Invocation): Promise<Reply> {
    const receipt = takeReceipt();
    let judgement: Judgement | undefined;
    let relaying: Promise<RelayOutcome> | undefined;
    let reply: Reply;
    try {
      const deadline = receipt.monotonicTime + TOKEN_UNTIL_MS;
      judgement = await this.#judge.judge(invocation, receipt, deadline);
      relaying = this.#dependencies.relay?.begin(judgement, invocation, receipt);
      reply = await this.#carryOut(judgement, invocation, receipt);
    } catch (error) {
      reply = this.#fail(judgement, error);
    }
    const relayed = await relaying;
    if (relayed && judgement?.verdict === "accepted") this.#countRelayed(relayed, judgement, invocation);
    this.#dependencies.metrics.flush(receipt.unixTime);
    return relayed?.reply ?? reply;
  }

  async #carryOut(judgement: Judgement, invocation: Invocation, receipt: Receipt): Promise<Reply> {
    switch (judgement.verdict) {
      case "refused":
        return this.#refuse(judgement, invocation, receipt);
      case "unjudged":
        await this.#keep(judgement, invocation, receipt);
        return replyWithoutStoring(judgement, judgement.problem);
      case "accepted":
        this.#dependencies.metrics.count("Genuine");
        if (judgement.event === undefined) return replyOk(judgement.resultItems);
        return (await this.#store(judgement.event, judgement.isUserWaiting, receipt))
          ? replyOk(judgement.resultItems)
          : replyWithoutStoring(judgement, "the event could not be stored");
    }
  }

  #refuse({ refusal, signed }: Refused, { requestContext }: Invocation, { unixTime }: Receipt): Reply {
    const { metrics, recoveryLog } = this.#dependencies;
    // A test event in Lambda's console may have no context.
    const { http, requestId } = (requestContext ?? {}) as Partial<Invocation["requestContext"]>;
    const details = { explanation: refusal.message, sourceIp: http?.sourceIp, requestId };
    metrics.refused(refusal.reason, unixTime, details);
    if (signed) recoveryLog.refused(signed, unixTime, refusal, requestId);
    if (signed?.isAuthenticated) metrics.count("RefusedSigned");
    return replyRefused(refusal);
  }

  /** Keeps a request that could not be judged, if an event may come of it. */
  async #keep(unjudged: Unjudged, invocation: Invocation, receipt: Receipt): Promise<void> {
    const isInternalError = unjudged.problem === "internal error";
    if (isInternalError) logInternalError(unjudged.cause);
    if (!unjudged.mayBecomeEvent) return;
    if (isInternalError) this.#dependencies.recoveryLog.request(unjudged.request, receipt.unixTime, unjudged.cause);
    else await this.#parking.park(invocation, unjudged, receipt);
  }

  /** @returns whether the event is stored */
  async #store(event: ChatEvent, isUserWaiting: boolean, receipt: Receipt): Promise<boolean> {
    const { metrics, environment } = this.#dependencies;
    const startedAt = performance.now();
    const location = await deliver(event, isUserWaiting, receipt, this.#dependencies);
    const milliseconds = performance.now() - startedAt;
    this.#measureLag(event, receipt);
    if (location !== "destination") metrics.hurry();
    if (location === undefined) {
      metrics.count("NotStored");
      return false;
    }
    metrics.count("Accepted");
    if (location === "standby") metrics.count("Standby");
    metrics.measured("PublishTime", milliseconds);
    if (environment.logEvents) {
      const { deduplicationId, requestId } = event.detail.metadata;
      log("INFO", "an event was stored", { deduplicationId, requestId, place: location, milliseconds });
    }
    return true;
  }

  /** Counts genuine callbacks only, or strangers could set off the alarm while requests cannot be judged. */
  #countRelayed(
    { problem, milliseconds }: RelayOutcome,
    { command, event }: Accepted,
    { requestContext: { requestId } }: Invocation,
  ): void {
    const { metrics } = this.#dependencies;
    metrics.count("Relayed");
    metrics.measured("RelayTime", milliseconds);
    if (problem === undefined) return;
    metrics.count("RelayFailed");
    const deduplicationId = event?.detail.metadata.deduplicationId;
    // With `AUTHENTICATION=none` a stranger may send a command of 64 KiB. Real ones have up to 121 characters.
    log("ERROR", NOT_ACCEPTED_MESSAGE, { command: command?.slice(0, 121), problem, requestId, deduplicationId });
  }

  /** Handles a fault in this code: keeps the event, if there is one. */
  #fail(judgement: Judgement | undefined, error: unknown): Reply {
    logInternalError(error);
    if (judgement === undefined || judgement.verdict === "refused") return replyUnavailable("internal error");
    if (judgement.verdict === "accepted" && judgement.event) {
      this.#dependencies.recoveryLog.event(judgement.event, error);
    }
    return replyWithoutStoring(judgement, "internal error");
  }

  #measureLag(event: ChatEvent, { unixTime }: Receipt): void {
    const readAt = event["detail-type"] === READ_REPORT_COMMAND ? event.detail.data.EventTime : undefined;
    // Clocks differ, and CloudWatch has no percentiles of negative numbers.
    if (readAt !== undefined) this.#dependencies.metrics.measured("Lag", Math.max(0, unixTime - readAt));
  }
}

function logInternalError(error: unknown): void {
  log("ERROR", "internal error", { error: error instanceof Error ? error.stack : String(error) });
}
