import type { HandOutOrder } from "./hand-out-order.ts";
import { Heap } from "./heap.ts";
import type { Message } from "./message.ts";

/** Which messages of a queue are visible, and which are hidden, because they are delayed or in flight. */
export class Visibility {
  readonly #order: HandOutOrder<Message>;
  readonly #hidden = new Heap<Message>(({ visibleAt }) => visibleAt);
  #inFlight = 0;

  /** @param order keeps the visible messages */
  constructor(order: HandOutOrder<Message>) {
    this.#order = order;
  }

  /** How many messages are hidden. */
  get hidden(): number {
    return this.#hidden.size;
  }

  /** How many messages are in flight. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Adds a message, which is visible or delayed. */
  add(message: Message, now: number): void {
    if (message.visibleAt > now) this.#hidden.add(message);
    else this.#order.add(message);
  }

  /** Shows the messages whose time has come. */
  show(now: number): void {
    for (let message = this.#hidden.first; message && message.visibleAt <= now; message = this.#hidden.first) {
      this.#reveal(message);
      this.#order.add(message);
    }
  }

  /** Takes visible messages out, as long as the caller iterates. */
  take(): Iterable<Message> {
    return this.#order.take();
  }

  /** Takes a message out, visible or not. */
  remove(message: Message): void {
    this.#order.delete(message);
    this.#reveal(message);
  }

  /** Puts a message in flight that was taken out. */
  putInFlight(message: Message, visibleAt: number): void {
    this.hideUntil(message, visibleAt);
    message.isInFlight = true;
    this.#inFlight += 1;
    this.#order.block(message);
  }

  /** Changes until when a message in flight is hidden. */
  hideUntil(message: Message, visibleAt: number): void {
    this.#hidden.delete(message);
    message.visibleAt = visibleAt;
    this.#hidden.add(message);
  }

  /** Takes a message out of the hidden ones, if it is one of them. */
  #reveal(message: Message): void {
    this.#hidden.delete(message);
    if (!message.isInFlight) return;
    message.isInFlight = false;
    this.#inFlight -= 1;
    this.#order.unblock(message);
  }
}
