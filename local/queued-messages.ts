import type { SqsMessage, SqsQueue } from "./fauxqs.ts";

/** Where a message in a queue is: it can be received, or it was received and returns unless deleted, or it was sent with a delay. */
export type MessageState = "visible" | "hidden" | "delayed";

/** How many messages are in which state. */
export type MessageCounts = Readonly<Record<MessageState, number>>;

/** A message in a queue. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly state: MessageState;
  /** When a hidden or delayed message becomes visible, in Unix milliseconds. */
  readonly visibleAt?: number;
  /** Unix milliseconds. */
  readonly sentAt: number;
  readonly receiveCount: number;
  readonly group?: string;
  /** The message attributes, as text. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A queue's messages, oldest first. */
export function listMessages(queue: SqsQueue): QueuedMessage[] {
  queue.processTimers();
  const { ready, delayed, inflight } = queue.inspectMessages();
  const messages = [
    // First, because in a FIFO queue others wait for them.
    ...inflight.map(({ message, visibilityDeadline }) => describe(message, "hidden", visibilityDeadline)),
    ...ready.map((message) => describe(message, "visible")),
    ...delayed.map((message) => describe(message, "delayed", message.delayUntil)),
  ];
  return messages.sort((a, b) => a.sentAt - b.sentAt);
}

/** How many messages a queue has. */
export function countMessages(queue: SqsQueue): MessageCounts {
  queue.processTimers();
  const count = (name: Parameters<SqsQueue["getAttribute"]>[0]) => Number(queue.getAttribute(name));
  return {
    visible: count("ApproximateNumberOfMessages"),
    hidden: count("ApproximateNumberOfMessagesNotVisible"),
    delayed: count("ApproximateNumberOfMessagesDelayed"),
  };
}

function describe(message: SqsMessage, state: MessageState, visibleAt?: number): QueuedMessage {
  const { messageId, body, sentTimestamp, approximateReceiveCount, messageGroupId, messageAttributes } = message;
  const attributes = Object.entries(messageAttributes).map(([name, { StringValue, BinaryValue = "" }]) => [
    name,
    StringValue ?? BinaryValue,
  ]);
  return {
    messageId,
    body,
    state,
    ...(visibleAt !== undefined && { visibleAt }),
    sentAt: sentTimestamp,
    receiveCount: approximateReceiveCount,
    ...(messageGroupId !== undefined && { group: messageGroupId }),
    attributes: Object.fromEntries(attributes) as Record<string, string>,
  };
}
