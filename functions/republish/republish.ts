import type { ChatEvent } from "../../events/chat-event.ts";
import { markRepublished } from "../../events/create-event.ts";
import { Refusal } from "../../tencent/refusal.ts";
import { AwsError } from "../aws/aws-error.ts";
import type { Deadline } from "../aws/json-client.ts";
import type { Publisher } from "../destination/publisher.ts";
import type { SqsPublisher } from "../destination/sqs.ts";
import { CallbackJudge, type JudgeDependencies } from "../judge-callback.ts";
import { explain, log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { takeReceipt } from "../receipt.ts";
import { ATTEMPT_MS, keepPace, pauseAfter } from "./pace.ts";
import { readStandbyMessage, Undeliverable } from "./standby-message.ts";

/** The parts of Lambda's SQS event that are read (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
export interface StandbyBatch {
  readonly Records: readonly StandbyRecord[];
}

interface StandbyRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** `ApproximateReceiveCount` is 1 at the first attempt. */
  readonly attributes?: { readonly ApproximateReceiveCount?: string };
}

/** Tells Lambda which messages stay on the queue. */
export interface BatchResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** The result that leaves messages on the queue, and takes the others from it. */
export function leaveOnQueue(records: readonly StandbyRecord[]): BatchResult {
  return { batchItemFailures: records.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/** The handler's dependencies. */
export interface Dependencies extends JudgeDependencies {
  readonly destination: Publisher;
  readonly standby: Pick<SqsPublisher, "hide">;
  /** Takes messages that can never be published. Without it they stay until SQS gives them up. */
  readonly deadLetters: Pick<SqsPublisher, "send"> | undefined;
  readonly metrics: Metrics;
  /** How many environments republish at a time. */
  readonly concurrency: number;
}

/** How long the calls after an attempt may take: a hanging destination uses up the attempt's own time. */
const CLEAN_UP_MS = 2_000;

/** How services reject an entry that they will never accept. */
const INVALID_CODES =
  /^(InvalidMessageContents|InvalidParameterValue|MalformedDetail|InvalidArgument|ValidationException)/;

/**
 * Empties the standby queue: publishes events, judges requests that could not be judged on arrival, and leaves on the queue
 * what fails.
 */
export class RepublishHandler {
  readonly #dependencies: Dependencies;
  readonly #judge: CallbackJudge;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#judge = new CallbackJudge(dependencies);
  }

  /** Handles one batch. Never rejects. */
  async handle({ Records }: StandbyBatch): Promise<BatchResult> {
    const { metrics } = this.#dependencies;
    const startedAt = performance.now();
    const deadline = startedAt + ATTEMPT_MS;
    const isDone = await Promise.all(Records.map((record) => this.#handleRecord(record, deadline)));
    metrics.hurry();
    metrics.flush(Date.now());
    const staying = Records.filter((_record, index) => !isDone[index]);
    await keepPace(startedAt, staying.length, this.#dependencies.concurrency);
    return leaveOnQueue(staying);
  }

  /** @returns whether the message may leave the queue */
  async #handleRecord(record: StandbyRecord, deadline: Deadline): Promise<boolean> {
    const { destination, metrics } = this.#dependencies;
    try {
      const event = await this.#readEvent(record.body, deadline);
      if (event === undefined) return true;
      await destination.publish(markRepublished(event), deadline);
      metrics.count("Republished");
      return true;
    } catch (error) {
      if (error instanceof Refusal) {
        metrics.refused(error.reason, Date.now(), { explanation: error.message, parked: true });
      }
      if (isUndeliverable(error) && (await this.#giveUp(record, error))) return true;
      log("WARN", "a message stays on standby", { error: explain(error), messageId: record.messageId });
      await this.#hide(record);
      return false;
    }
  }

  /** @returns `undefined` if a parked request turned out to become no event */
  async #readEvent(body: string, deadline: Deadline): Promise<ChatEvent | undefined> {
    const message = readStandbyMessage(body);
    if (message.kind === "event") return message.event;
    const { parkedRequest, receivedAt } = message.parked;
    const judgement = await this.#judge.judge(parkedRequest, { ...takeReceipt(), unixTime: receivedAt }, deadline);
    if (judgement.verdict === "refused") throw judgement.refusal;
    if (judgement.verdict === "unjudged") throw new Error(judgement.problem, { cause: judgement.cause });
    this.#dependencies.metrics.count("Genuine");
    return judgement.event;
  }

  /** Sends a message to the dead letters, with the reason. */
  async #giveUp({ body, messageId }: StandbyRecord, reason: unknown): Promise<boolean> {
    const { deadLetters, metrics } = this.#dependencies;
    if (deadLetters === undefined) return false;
    try {
      await deadLetters.send(body, performance.now() + CLEAN_UP_MS, {
        MessageAttributes: { Reason: { DataType: "String", StringValue: toAttribute(explain(reason)) } },
      });
    } catch (error) {
      log("ERROR", "the dead-letter queue did not take a message", { error: explain(error), messageId });
      return false;
    }
    metrics.count("Undeliverable");
    const message = "a message can never be published and went to the dead letters";
    log("ERROR", message, { error: explain(reason), messageId });
    return true;
  }

  /** Hides a message, for longer each time. If that fails, it returns after the queue's visibility timeout. */
  async #hide({ receiptHandle, attributes }: StandbyRecord): Promise<void> {
    const seconds = pauseAfter(Number(attributes?.ApproximateReceiveCount ?? 1));
    await this.#dependencies.standby
      .hide(receiptHandle, seconds, performance.now() + CLEAN_UP_MS)
      .catch((error: unknown) => log("WARN", "a message could not be hidden", { error: explain(error) }));
  }
}

/**
 * Replaces control characters and what else SQS refuses in an attribute
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html): the destination may quote them.
 */
function toAttribute(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, "\uFFFD");
}

function isUndeliverable(error: unknown): boolean {
  // A refused request may be accepted once its token has come back, or after a fix: the dead letters keep it whole.
  if (error instanceof Refusal || error instanceof Undeliverable) return true;
  return error instanceof AwsError && INVALID_CODES.test(error.code);
}
