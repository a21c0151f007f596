import type { SendMessageInput } from "./check-message.ts";
import type { OrderedMessage } from "./hand-out-order.ts";

/** SQS's answer to SendMessage. */
export interface SentMessage {
  readonly MessageId: string;
  readonly MD5OfMessageBody: string;
  /** Whether a FIFO queue dropped the message as a repeat. SQS does not tell. */
  readonly isDuplicate: boolean;
}

/** A message as ReceiveMessage returns it with all attributes. */
export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes: {
    readonly ApproximateReceiveCount: string;
    /** Unix milliseconds. */
    readonly SentTimestamp: string;
    /** Unix milliseconds. */
    readonly ApproximateFirstReceiveTimestamp: string;
    readonly MessageGroupId?: string;
    readonly MessageDeduplicationId?: string;
    readonly SequenceNumber?: string;
  };
  readonly MessageAttributes?: NonNullable<SendMessageInput["MessageAttributes"]>;
}

/** A message that is in a queue. */
export interface StoredMessage {
  readonly MessageId: string;
  readonly Body: string;
  readonly group: string | undefined;
  /** When it was sent, in Unix milliseconds. */
  readonly sentAt: number;
  readonly receiveCount: number;
}

/** A message that reached a queue. */
export interface MessageArrival {
  readonly MessageId: string;
  readonly Body: string;
  readonly group: string | undefined;
  readonly deduplicationId: string | undefined;
  /** Whether a FIFO queue dropped it as a repeat; `MessageId` is then that of the first. */
  readonly isDuplicate: boolean;
  /** When it arrived, in Unix milliseconds. */
  readonly at: number;
}

/** A message as it enters a queue. */
export interface NewMessage extends Omit<MessageArrival, "isDuplicate" | "at"> {
  readonly md5: string;
  readonly attributes: SendMessageInput["MessageAttributes"];
  /** Its age counts from here, in Unix milliseconds. */
  readonly sentAt: number;
  receiveCount: number;
  firstReceivedAt: number;
  /** When it becomes visible, in Unix milliseconds. */
  visibleAt: number;
}

/** A message in a queue, with its state. */
export interface Message extends NewMessage, OrderedMessage {
  /** When the queue drops it, in Unix milliseconds. */
  readonly expiresAt: number;
  lastReceivedAt: number;
  isInFlight: boolean;
}

/** Describes a message as ReceiveMessage returns it. */
export function toReceived(message: Message, ReceiptHandle: string): ReceivedMessage {
  const { MessageId, Body, md5, attributes, group, deduplicationId, receiveCount, sentAt, firstReceivedAt } = message;
  return {
    MessageId,
    ReceiptHandle,
    Body,
    MD5OfBody: md5,
    Attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(sentAt),
      ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
      ...(group !== undefined && { MessageGroupId: group }),
      // Only FIFO queues take one.
      ...(deduplicationId !== undefined && {
        MessageDeduplicationId: deduplicationId,
        SequenceNumber: String(message.sequence).padStart(20, "0"),
      }),
    },
    ...(attributes && { MessageAttributes: attributes }),
  };
}
