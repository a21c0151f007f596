import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { safeParseChatEvent } from "../../events/index.ts";
import { isLocalQueue } from "../shared/queue-client.ts";

/** The most messages that a request of SQS takes or returns. */
const BATCH_SIZE = 10;
/**
 * How long to wait for a message. Without waiting, SQS asks only some of its servers, so it may miss messages
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html).
 */
const WAIT_SECONDS = 1;

/** A message that is not an event. */
export interface ForeignMessage {
  readonly id: string;
  /** Says what is wrong with it, without quoting it. */
  readonly problem: string;
}

/** How to receive events. */
export interface ReceiveOptions {
  readonly queueUrl: string;
  /** Leaves the events in the queue. */
  readonly keep: boolean;
  /** Gets the bodies of up to ten events in turn; rejects if they could not be printed. */
  readonly print: (bodies: readonly string[]) => Promise<void>;
}

/** What was received. */
export interface Received {
  /** How many events were printed. */
  readonly printed: number;
  readonly foreign: readonly ForeignMessage[];
}

/**
 * Receives the events that are in a queue, and deletes each once it is printed. Anything other than an event stays in the
 * queue, as it does with a consumer that cannot process it. What is not deleted becomes visible again at once.
 *
 * Ends once the queue gives nothing, or only messages that were sent meanwhile: the queue of a busy app is never empty.
 *
 * @throws {Error} when the queue refuses a request, or with the reason why printing failed
 */
export async function receiveEvents(sqs: SQSClient, { queueUrl, keep, print }: ReceiveOptions): Promise<Received> {
  const startTime = Date.now();
  const seen = new Set<string | undefined>();
  const undeleted = new Set<Message>();
  const foreign: ForeignMessage[] = [];
  let printed = 0;
  let WaitTimeSeconds = WAIT_SECONDS;
  try {
    for (;;) {
      const received = await receiveBatch(sqs, queueUrl, WaitTimeSeconds);
      // The local queue is one server: the user need not wait for a second after each receive.
      if (isLocalQueue(queueUrl)) WaitTimeSeconds = 0;
      for (const message of received) undeleted.add(message);
      // With a short visibility timeout, messages that were left in the queue come again.
      const unseen = received.filter(({ MessageId }) => !seen.has(MessageId));
      for (const { MessageId } of unseen) seen.add(MessageId);
      const events: Message[] = [];
      for (const message of unseen) {
        const result = safeParseChatEvent(message);
        if (result.success) events.push(message);
        else foreign.push({ id: message.MessageId ?? "", problem: result.error.message });
      }
      await print(events.map(({ Body = "" }) => Body));
      printed += events.length;
      if (!keep) {
        await deleteBatch(sqs, queueUrl, events);
        for (const message of events) undeleted.delete(message);
      }
      if (unseen.every(({ Attributes }) => Number(Attributes?.SentTimestamp) > startTime)) return { printed, foreign };
    }
  } finally {
    await showAgain(sqs, queueUrl, [...undeleted]);
  }
}

async function receiveBatch(sqs: SQSClient, QueueUrl: string, WaitTimeSeconds: number): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: BATCH_SIZE,
      WaitTimeSeconds,
      MessageSystemAttributeNames: ["SentTimestamp"],
    }),
  );
  return Messages;
}

async function deleteBatch(sqs: SQSClient, QueueUrl: string, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  const { Failed: [failure] = [] } = await sqs.send(
    new DeleteMessageBatchCommand({ QueueUrl, Entries: toEntries(messages) }),
  );
  if (failure) throw new Error(`an event was printed but not deleted, so it comes again: ${failure.Message}`);
}

/** Messages that SQS refuses to show, such as those that are visible again already, are no reason to fail. */
async function showAgain(sqs: SQSClient, QueueUrl: string, messages: readonly Message[]): Promise<void> {
  for (let start = 0; start < messages.length; start += BATCH_SIZE) {
    const entries = toEntries(messages.slice(start, start + BATCH_SIZE));
    const Entries = entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
  }
}

function toEntries(messages: readonly Message[]) {
  return messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
}
