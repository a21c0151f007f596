import type { VirtualClock } from "../clock.ts";
import type { History, Receipt } from "../history.ts";
import type { Plan } from "../plan.ts";
import type { Random } from "../random.ts";
import type { ReceivedMessage } from "../services/message.ts";
import type { SimulatedQueue } from "../services/sqs.ts";

/** What a consumer depends on. */
export interface ConsumerDependencies {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly history: History;
}

/** How long a consumer waits for messages, in milliseconds. */
const POLL_MS = 1_000;

/** Reads events from the queue. It may be slow, may fail, and may meet events that it cannot process until it is repaired. */
export class Consumer {
  readonly #queue: SimulatedQueue;
  readonly #habits: Plan["consumer"];
  readonly #dependencies: ConsumerDependencies;
  readonly #poison = new Set<string>();
  #isPolling = false;
  #isRepaired = false;

  constructor(queue: SimulatedQueue, habits: Plan["consumer"], dependencies: ConsumerDependencies) {
    this.#queue = queue;
    this.#habits = habits;
    this.#dependencies = dependencies;
  }

  /** Processes messages until the queue is empty. To be called whenever a message arrives. */
  wake(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#dependencies.clock.after(POLL_MS, () => this.#poll());
  }

  /** Lets it process every event from now on. */
  repair(): void {
    this.#isRepaired = true;
  }

  async #poll(): Promise<void> {
    const { clock } = this.#dependencies;
    const messages = this.#queue.receive(10);
    const receipts = messages.map((message) => this.#take(message));
    if (messages.length > 0) await clock.sleep(this.#habits.duration);
    messages.forEach(({ ReceiptHandle }, index) => {
      if (receipts[index]?.isProcessed) this.#queue.delete(ReceiptHandle);
    });
    if (this.#queue.size === 0) this.#isPolling = false;
    else clock.after(messages.length > 0 ? 1 : POLL_MS, () => void this.#poll());
  }

  #take({ MessageId, Body }: ReceivedMessage): Receipt {
    const { clock, history } = this.#dependencies;
    const receipt: Receipt = {
      at: clock.now(),
      messageId: MessageId,
      body: Body,
      isProcessed: this.#canProcess(MessageId),
    };
    history.receipts.push(receipt);
    return receipt;
  }

  #canProcess(messageId: string): boolean {
    if (this.#isRepaired) return true;
    const { random } = this.#dependencies;
    const { failing, poison } = this.#habits;
    if (!this.#poison.has(messageId) && random.chance(poison)) this.#poison.add(messageId);
    return !this.#poison.has(messageId) && !random.chance(failing);
  }
}
