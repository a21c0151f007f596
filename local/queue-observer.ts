import { operationOf, type SqsApp, type SqsStore } from "./fauxqs.ts";
import { deadLetterArnOf, type MovedMessage } from "./move-tasks.ts";
import { listMessages } from "./queued-messages.ts";

/** Receives what happens to messages, without consuming them. */
export interface QueueObserver {
  /** A queue took a message, or dropped it as a repeat. */
  sent?(message: SentMessage): void;
  received?(message: ReceivedNotice): void;
  deleted?(message: QueueMessage): void;
  /** A queue moved a message to its dead-letter queue, because it was received too often. */
  deadLettered?(message: DeadLetter): void;
  /** A dead letter was moved to another queue. */
  moved?(message: MovedMessage): void;
}

/** A message, and the queue that it is or was in. */
export interface QueueMessage {
  readonly queueName: string;
  readonly messageId: string;
  readonly body: string;
}

/** A message that was sent to a queue. */
export interface SentMessage extends QueueMessage {
  /** Whether a FIFO queue dropped it, because it saw the same deduplication id within the last five minutes. */
  readonly dropped: boolean;
}

/** A message that was received. */
export interface ReceivedNotice extends QueueMessage {
  /** How many times it has been received, this time included. */
  readonly receiveCount: number;
}

/** A message that is now in a dead-letter queue. */
export interface DeadLetter extends QueueMessage {
  /** The queue that moved it there. */
  readonly from: string;
}

interface Received {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
}

/** Tells an observer what happens to the messages of a server. */
export function observeQueues(app: SqsApp, store: SqsStore, observer: QueueObserver): void {
  const nameOf = (url: string) => store.getQueue(url)?.name ?? "";
  const isRepeat = recogniseRepeats();

  app.addHook("onSend", async ({ headers, body }, { statusCode }, payload) => {
    if (statusCode !== 200) return;
    const operation = operationOf(headers);
    if (operation === "SendMessage") {
      const { QueueUrl, MessageBody } = body as { QueueUrl: string; MessageBody: string };
      const { MessageId: messageId } = JSON.parse(payload as string) as { MessageId: string };
      const dropped = isRepeat(messageId);
      observer.sent?.({ queueName: nameOf(QueueUrl), messageId, body: MessageBody, dropped });
    } else if (operation === "ReceiveMessage") {
      const { QueueUrl } = body as { QueueUrl: string };
      const { Messages = [] } = JSON.parse(payload as string) as { Messages?: readonly Received[] };
      for (const { MessageId, ReceiptHandle, Body } of Messages) {
        // The answer has the count only if the client asked for it.
        const { message } = store.getQueue(QueueUrl)?.inflightMessages.get(ReceiptHandle) ?? {};
        const receiveCount = message?.approximateReceiveCount ?? 1;
        observer.received?.({ queueName: nameOf(QueueUrl), messageId: MessageId, body: Body, receiveCount });
      }
    }
  });

  // fauxqs's spy does not tell of these, and once the call is carried out they are gone.
  app.addHook("preHandler", async ({ headers, body }) => {
    if (operationOf(headers) !== "PurgeQueue") return;
    const queue = store.getQueue((body as { QueueUrl: string }).QueueUrl);
    if (queue === undefined) return;
    for (const { messageId, body } of listMessages(queue)) {
      observer.deleted?.({ queueName: queue.name, messageId, body });
    }
  });

  const spy: SqsSpy = {
    addMessage({ status, queueName, messageId, body }) {
      if (status === "consumed") observer.deleted?.({ queueName, messageId, body });
      if (status === "dlq") {
        const queue = store.getQueueByName(queueName);
        const deadLetterQueue = queue && store.getQueueByArn(deadLetterArnOf(queue) ?? "");
        observer.deadLettered?.({ queueName: deadLetterQueue?.name ?? "", from: queueName, messageId, body });
      }
    },
  };
  store.spy = spy as NonNullable<SqsStore["spy"]>;
}

/** The part of fauxqs's spy that it calls itself. */
interface SqsSpy {
  addMessage(notice: QueueMessage & { readonly status: "published" | "consumed" | "dlq" }): void;
}

/** How many message ids to remember, to recognise repeats; fauxqs remembers as many. */
const REMEMBERED_MESSAGES = 10_000;

/** @returns tells whether a message id was seen before */
function recogniseRepeats(): (messageId: string) => boolean {
  const seen = new Set<string>();
  return (messageId) => {
    if (seen.has(messageId)) return true;
    seen.add(messageId);
    if (seen.size > REMEMBERED_MESSAGES) seen.delete(seen.values().next().value as string);
    return false;
  };
}
