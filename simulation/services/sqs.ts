import { createHash } from "node:crypto";
import type { Random } from "../random.ts";
import { checkMessage, refuse, type SendMessageInput } from "./check-message.ts";
import { checkVisibilityTimeout } from "./check-visibility.ts";
import { Deduplication } from "./deduplication.ts";
import { AnyOrder, GroupOrder } from "./hand-out-order.ts";
import { Heap } from "./heap.ts";
import {
  type Message,
  type MessageArrival,
  type NewMessage,
  type ReceivedMessage,
  type SentMessage,
  type StoredMessage,
  toReceived,
} from "./message.ts";
import type { Now } from "./now.ts";
import { formatReceiptHandle, parseReceiptHandle } from "./receipt-handle.ts";
import type { ServiceError } from "./service-error.ts";
import { Visibility } from "./visibility.ts";

/** The properties of a queue. */
export interface QueueAttributes {
  /** A FIFO queue's name ends in `.fifo`. */
  readonly name: string;
  /** How long a received message stays hidden from other consumers, in seconds. */
  readonly visibilityTimeout: number;
  /** How long the queue keeps a message, in seconds. */
  readonly retention: number;
  /** Where a message goes that was received so many times without being deleted. Both queues have the same type. */
  readonly redrive?: { readonly deadLetterQueue: SimulatedQueue; readonly maxReceiveCount: number };
  /**
   * How probable it is that a standard queue hands out a message once more after it was received, and again after it was
   * deleted; from 0 to 1.
   *
   * @default 0
   */
  readonly duplicates?: number;
}

/**
 * How many messages of a queue can be in flight. With long polling, as Lambda polls, neither type of queue answers with an error
 * beyond it (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
 */
const MAX_IN_FLIGHT = 120_000;

/** A queue of SQS, in memory. Every operation takes O(log n) for n messages, amortised. */
export class SimulatedQueue {
  /** Called for every message that reaches the queue, from a sender or another queue. */
  onSent?: (message: MessageArrival) => void;

  readonly #attributes: QueueAttributes;
  readonly #clock: Now;
  readonly #random: Random;
  readonly #visibility: Visibility;
  readonly #messages = new Map<string, Message>();
  readonly #expiring = new Heap<Message>(({ expiresAt }) => expiresAt);
  readonly #deduplication = new Deduplication();
  /** Messages that a standard queue will hand out once more, although they are in flight or deleted. */
  readonly #copies = new Set<Message>();
  #sequence = 0;

  constructor(attributes: QueueAttributes, clock: Now, random: Random) {
    this.#attributes = attributes;
    this.#clock = clock;
    this.#random = random;
    this.#visibility = new Visibility(this.isFifo ? new GroupOrder(random) : new AnyOrder(random));
  }

  get name(): string {
    return this.#attributes.name;
  }

  get isFifo(): boolean {
    return this.name.endsWith(".fifo");
  }

  /** How many messages are in the queue. */
  get size(): number {
    this.#passTime();
    return this.#messages.size;
  }

  /** How many messages were received, and are neither deleted nor visible again. */
  get inFlight(): number {
    this.#passTime();
    return this.#visibility.inFlight;
  }

  /** How many messages are not hidden, including those whose group is blocked. */
  get visible(): number {
    this.#passTime();
    return this.#messages.size - this.#visibility.hidden;
  }

  /** The messages in the queue, in the order of their arrival. */
  messages(): readonly StoredMessage[] {
    this.#passTime();
    return [...this.#messages.values()];
  }

  /**
   * SendMessage. A FIFO queue deduplicates within each message group, as the stack's queues do.
   *
   * @throws {ServiceError} when SQS would refuse the message
   */
  send(input: SendMessageInput): SentMessage {
    checkMessage(input, this.isFifo);
    this.#passTime();
    const now = this.#clock.now();
    const { MessageBody: Body, MessageGroupId: group, MessageDeduplicationId: deduplicationId } = input;
    const md5 = createHash("md5").update(Body).digest("hex");
    const message = { MessageId: this.#random.uuid(), Body, group, deduplicationId };
    const first = this.isFifo ? this.#deduplication.check(message, now) : undefined;
    if (first !== undefined) {
      this.onSent?.({ ...message, MessageId: first, isDuplicate: true, at: now });
      return { MessageId: first, MD5OfMessageBody: md5, isDuplicate: true };
    }
    const visibleAt = now + (input.DelaySeconds ?? 0) * 1000;
    const attributes = input.MessageAttributes;
    this.#store({ ...message, md5, attributes, sentAt: now, receiveCount: 0, firstReceivedAt: 0, visibleAt });
    return { MessageId: message.MessageId, MD5OfMessageBody: md5, isDuplicate: false };
  }

  /**
   * ReceiveMessage
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html).
   *
   * @param max from 1 to 10
   * @throws {ServiceError} when `max` is out of range
   */
  receive(max: number): ReceivedMessage[] {
    if (!(max >= 1 && max <= 10)) throw refuse("InvalidParameterValue", "MaxNumberOfMessages must be from 1 to 10.");
    this.#passTime();
    const received: ReceivedMessage[] = [];
    if (this.#visibility.inFlight >= MAX_IN_FLIGHT) return received;
    for (const message of this.#candidates()) {
      const deadLetterQueue = this.#deadLetterQueueOf(message);
      if (deadLetterQueue) {
        this.#forget(message);
        deadLetterQueue.#adopt(message);
      } else {
        received.push(this.#handOut(message));
      }
      if (received.length === max || this.#visibility.inFlight === MAX_IN_FLIGHT) break;
    }
    return received;
  }

  /**
   * DeleteMessage. With an older receipt handle of a message, a standard queue may or may not delete it
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html); a FIFO queue refuses the
   * handle, also when the message is visible again (https://repost.aws/knowledge-center/sqs-receipt-handle-error).
   *
   * @throws {ServiceError} when the handle is not one of this queue's, or has expired
   */
  delete(receiptHandle: string): void {
    this.#passTime();
    const { message, isLatest } = this.#find(receiptHandle);
    if (message === undefined) return;
    if (this.isFifo && !(isLatest && message.isInFlight)) throw expired();
    if (!isLatest && this.#random.chance(0.5)) return;
    this.#forget(message);
    this.#perhapsCopy(message);
  }

  /**
   * ChangeMessageVisibility.
   *
   * @param seconds from now; 0 makes the message visible
   * @throws {ServiceError} when the message is not in flight, the handle is old, or the message would be hidden for over 12 hours
   */
  changeVisibility(receiptHandle: string, seconds: number): void {
    this.#passTime();
    const { message, isLatest } = this.#find(receiptHandle);
    if (!message?.isInFlight || !isLatest) {
      if (this.isFifo && message) throw expired();
      throw refuse("MessageNotInflight", "The message does not exist or is not in flight.");
    }
    const now = this.#clock.now();
    checkVisibilityTimeout(seconds, now - message.lastReceivedAt);
    this.#visibility.hideUntil(message, now + seconds * 1000);
  }

  /**
   * StartMessageMoveTask: moves the visible messages, oldest first, as new messages with new ids
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html).
   *
   * @param target a queue of the same type
   * @returns how many were moved
   */
  redriveTo(target: SimulatedQueue): number {
    this.#passTime();
    const now = this.#clock.now();
    const waiting = [...this.#messages.values()].filter(({ visibleAt }) => visibleAt <= now);
    for (const message of waiting) {
      this.#forget(message);
      const fresh = { MessageId: this.#random.uuid(), sentAt: now, receiveCount: 0, firstReceivedAt: 0 };
      target.#store({ ...message, ...fresh });
    }
    return waiting.length;
  }

  /** Makes messages visible again whose time has come, and drops those that are too old. */
  #passTime(): void {
    const now = this.#clock.now();
    this.#visibility.show(now);
    for (let message = this.#expiring.first; message && message.expiresAt <= now; message = this.#expiring.first) {
      this.#forget(message);
    }
  }

  #store(message: NewMessage): void {
    this.#sequence += 1;
    const expiresAt = message.sentAt + this.#attributes.retention * 1000;
    const stored = { ...message, sequence: this.#sequence, expiresAt, lastReceivedAt: 0, isInFlight: false };
    this.#messages.set(stored.MessageId, stored);
    this.#expiring.add(stored);
    const now = this.#clock.now();
    this.#visibility.add(stored, now);
    const { MessageId, Body, group, deduplicationId } = stored;
    this.onSent?.({ MessageId, Body, group, deduplicationId, isDuplicate: false, at: now });
  }

  /**
   * Takes a dead letter. In a standard queue it keeps its age; a FIFO queue resets it
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html)
   * and replaces the deduplication id
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html).
   */
  #adopt(message: Message): void {
    const changes = this.isFifo ? { sentAt: this.#clock.now(), deduplicationId: message.MessageId } : {};
    this.#store({ ...message, ...changes });
  }

  /** The messages that can be received now, in the order to hand them out. */
  *#candidates(): Generator<Message> {
    for (const copy of [...this.#copies]) {
      this.#copies.delete(copy);
      if (copy.expiresAt <= this.#clock.now() || this.#deadLetterQueueOf(copy)) continue;
      this.#visibility.remove(copy);
      yield copy;
    }
    yield* this.#visibility.take();
  }

  /** The queue that a message goes to instead of being received once more; `undefined` if it can be received. */
  #deadLetterQueueOf({ receiveCount }: Message): SimulatedQueue | undefined {
    const { redrive } = this.#attributes;
    return redrive && receiveCount >= redrive.maxReceiveCount ? redrive.deadLetterQueue : undefined;
  }

  #handOut(message: Message): ReceivedMessage {
    const now = this.#clock.now();
    message.receiveCount += 1;
    message.firstReceivedAt ||= now;
    message.lastReceivedAt = now;
    if (!this.#messages.has(message.MessageId)) {
      // A copy of a deleted message.
      this.#messages.set(message.MessageId, message);
      this.#expiring.add(message);
    }
    this.#visibility.putInFlight(message, now + this.#attributes.visibilityTimeout * 1000);
    this.#perhapsCopy(message);
    return toReceived(message, formatReceiptHandle(this.name, message));
  }

  #forget(message: Message): void {
    this.#messages.delete(message.MessageId);
    this.#expiring.delete(message);
    this.#visibility.remove(message);
  }

  /**
   * Leaves a copy on one of SQS's servers, perhaps
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html).
   */
  #perhapsCopy(message: Message): void {
    if (!this.isFifo && this.#random.chance(this.#attributes.duplicates ?? 0)) this.#copies.add(message);
  }

  /** Finds the message of a receipt handle, which is gone if it was deleted. */
  #find(receiptHandle: string): { message: Message | undefined; isLatest: boolean } {
    const { MessageId, receiveCount } = parseReceiptHandle(this.name, receiptHandle);
    const message = this.#messages.get(MessageId);
    return { message, isLatest: receiveCount === message?.receiveCount };
  }
}

function expired(): ServiceError {
  return refuse("InvalidParameterValue", "The receipt handle has expired.");
}
