import { type ChatEvent, markRepublished } from "../../events/chat-event.ts";
import { Refusal } from "../../tencent/refusal.ts";
import { AwsError } from "../aws/aws-error.ts";
import type { Deadline } from "../aws/json-client.ts";
import type { Publisher } from "../destination/publisher.ts";
import type { SqsPublisher } from "../destination/sqs.ts";
import { createJudge, type JudgeDependencies } from "../judge-callback.ts";
import { explain, log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { readStandbyMessage, Undeliverable } from "./standby-message.ts";

/** What Lambda hands over, as far as it is read (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
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
interface BatchResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What the handler works with. */
export interface Dependencies extends JudgeDependencies {
  readonly destination: Publisher;
  readonly standby: Pick<SqsPublisher, "hide">;
  /** Where messages go that can never be published; without it, they stay until SQS itself gives them up. */
  readonly deadLetters: Pick<SqsPublisher, "send"> | undefined;
  readonly metrics: Metrics;
}

/** Nobody waits, and one batch is worked on at a time. */
const ATTEMPT_MS = 5_000;

/** What is to be done after an attempt gets its own time, as a destination that hangs uses up the attempt's. */
const CLEAN_UP_MS = 2_000;

/** How long a message stays hidden after it failed: twice as long each time, up to a quarter of an hour. */
const FIRST_PAUSE_S = 30;
const LONGEST_PAUSE_S = 900;

/** What services say of an entry that they will never take, however often it is sent. */
const INVALID_CODES =
  /^(InvalidMessageContents|InvalidParameterValue|MalformedDetail|InvalidArgument|ValidationException)/;

/**
 * Makes the handler of what waits on the standby queue: publishes events, judges requests that could not be judged when
 * they came, and leaves on the queue what could not be done. The handler never rejects.
 */
export function createHandler({ environment, tokenStore, destination, standby, deadLetters, metrics }: Dependencies) {
  const judge = createJudge({ environment, tokenStore });

  return async function republish({ Records }: StandbyBatch): Promise<BatchResult> {
    const deadline = performance.now() + ATTEMPT_MS;
    const done = await Promise.all(Records.map((record) => handle(record, deadline)));
    metrics.hurry();
    metrics.flush(Date.now());
    const failures = Records.filter((_record, index) => !done[index]);
    return { batchItemFailures: failures.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };

  /** @returns whether the message may leave the queue */
  async function handle(record: StandbyRecord, deadline: Deadline): Promise<boolean> {
    try {
      const event = await readEvent(record.body, deadline);
      if (event === undefined) return true;
      await destination.publish(markRepublished(event), deadline);
      metrics.count("Republished");
      return true;
    } catch (error) {
      if (error instanceof Refusal) {
        metrics.refused(error.reason, Date.now(), { explanation: error.message, parked: true });
        if (error.reason !== "signature-invalid") return true;
      }
      if (isUndeliverable(error) && (await giveUp(record, error))) return true;
      log("WARN", "a message stays on standby", { error: explain(error), messageId: record.messageId });
      await pause(record);
      return false;
    }
  }

  /** @returns `undefined` when a parked request turned out to be none that becomes an event */
  async function readEvent(body: string, deadline: Deadline): Promise<ChatEvent | undefined> {
    const message = readStandbyMessage(body);
    if (message.kind === "event") return message.event;
    const { parkedRequest, receivedAt } = message.parked;
    const { event } = await judge(parkedRequest, receivedAt, deadline, Date.now());
    if (event === undefined) metrics.count("Acknowledged");
    return event;
  }

  /** Sends a message to the dead letters, with the reason. */
  async function giveUp({ body, messageId }: StandbyRecord, reason: unknown): Promise<boolean> {
    if (deadLetters === undefined) return false;
    try {
      await deadLetters.send(body, performance.now() + CLEAN_UP_MS, {
        MessageAttributes: { Reason: { DataType: "String", StringValue: explain(reason) } },
      });
    } catch (error) {
      log("ERROR", "the dead-letter queue did not take a message", { error: explain(error), messageId });
      return false;
    }
    metrics.count("Undeliverable");
    log("ERROR", "a message can never be published and went to the dead letters", {
      error: explain(reason),
      messageId,
    });
    return true;
  }

  /** Hides a message for longer each time. Should that fail, it comes back after the queue's own time-out. */
  async function pause({ receiptHandle, attributes }: StandbyRecord): Promise<void> {
    const attempts = Number(attributes?.ApproximateReceiveCount ?? 1);
    const seconds = Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempts - 1));
    await standby.hide(receiptHandle, seconds, performance.now() + CLEAN_UP_MS).catch((error: unknown) => {
      log("WARN", "a message could not be hidden", { error: explain(error) });
    });
  }
}

/** A wrong signature may be a right one of a token that is gone: if somebody puts it back, the request can be moved back. */
function isUndeliverable(error: unknown): boolean {
  if (error instanceof Refusal) return true;
  return error instanceof Undeliverable || (error instanceof AwsError && INVALID_CODES.test(error.code));
}
