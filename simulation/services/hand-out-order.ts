import type { Random } from "../random.ts";
import { Bag } from "./bag.ts";
import { Heap } from "./heap.ts";

/** The part of a message that its order depends on. */
export interface OrderedMessage {
  /** The message group; only a FIFO queue's messages need one. */
  readonly group: string | undefined;
  /** Grows with every message that the queue takes. */
  readonly sequence: number;
}

/** The visible messages of a queue, and the order in which the queue hands them out. */
export interface HandOutOrder<Message> {
  /** Adds a message that became visible. */
  add(message: Message): void;
  /** Removes a visible message. */
  delete(message: Message): void;
  /** Tells that a message was handed out and is in flight. */
  block(message: Message): void;
  /** Tells that a message is in flight no longer: it will become visible again, or is gone. */
  unblock(message: Message): void;
  /** Takes messages out as long as the caller iterates. The caller blocks or deletes each. */
  take(): Iterable<Message>;
}

/**
 * Any order, as standard queues may hand out messages
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html).
 */
export class AnyOrder<Message> implements HandOutOrder<Message> {
  readonly #random: Random;
  readonly #messages = new Bag<Message>();

  constructor(random: Random) {
    this.#random = random;
  }

  add(message: Message): void {
    this.#messages.add(message);
  }

  delete(message: Message): void {
    this.#messages.delete(message);
  }

  block(): void {}

  unblock(): void {}

  *take(): Generator<Message> {
    while (this.#messages.size > 0) yield this.#messages.draw(this.#random);
  }
}

interface Group<Message> {
  readonly name: string;
  readonly visible: Heap<Message>;
  inFlight: number;
}

/**
 * The order of a FIFO queue: that in which each group's messages were sent. While a message of a group is in flight, the queue
 * hands out no other of the group. One receive hands out as many messages of a group as it can before it turns to another group
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html).
 */
export class GroupOrder<Message extends OrderedMessage> implements HandOutOrder<Message> {
  readonly #random: Random;
  readonly #groups = new Map<string, Group<Message>>();
  /** The groups that have visible messages, and none in flight. */
  readonly #ready = new Bag<Group<Message>>();

  constructor(random: Random) {
    this.#random = random;
  }

  add(message: Message): void {
    const group = this.#groupOf(message);
    group.visible.add(message);
    this.#update(group);
  }

  delete(message: Message): void {
    const group = this.#groupOf(message);
    group.visible.delete(message);
    this.#update(group);
  }

  block(message: Message): void {
    const group = this.#groupOf(message);
    group.inFlight += 1;
    this.#update(group);
  }

  unblock(message: Message): void {
    const group = this.#groupOf(message);
    group.inFlight -= 1;
    this.#update(group);
  }

  *take(): Generator<Message> {
    while (this.#ready.size > 0) {
      const group = this.#ready.draw(this.#random);
      for (let message = group.visible.first; message; message = group.visible.first) {
        group.visible.delete(message);
        yield message;
      }
    }
  }

  #groupOf({ group: name = "" }: Message): Group<Message> {
    const known = this.#groups.get(name);
    if (known) return known;
    const group = { name, visible: new Heap<Message>(({ sequence }) => sequence), inFlight: 0 };
    this.#groups.set(name, group);
    return group;
  }

  /** Decides whether a group is ready, and forgets it when it is empty. */
  #update(group: Group<Message>): void {
    const { name, visible, inFlight } = group;
    if (visible.size > 0 && inFlight === 0) this.#ready.add(group);
    else this.#ready.delete(group);
    if (visible.size === 0 && inFlight === 0) this.#groups.delete(name);
  }
}
