import type { SQSBatchResponse } from "aws-lambda";
import type { VirtualClock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { ReceivedMessage } from "../services/message.ts";
import type { SimulatedQueue } from "../services/sqs.ts";
import type { LambdaFunction } from "./function.ts";

/** How an event source mapping polls. */
export interface EventSourceOptions {
  readonly batchSize: number;
  /** How many batches are processed at a time. */
  readonly concurrency: number;
}

/** How long to wait for a message to become visible, in milliseconds. */
const POLL_MS = 2_000;

/**
 * Lambda's event source mapping of a queue: hands over batches, and deletes the messages that the function does not report as
 * failed. If an invocation fails, or reports anything but messages of its batch, all of them return after the queue's visibility
 * timeout (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 */
export class EventSource {
  readonly #queue: SimulatedQueue;
  readonly #target: LambdaFunction;
  readonly #options: EventSourceOptions;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  #running = 0;
  #isPolling = false;

  constructor(
    queue: SimulatedQueue,
    target: LambdaFunction,
    options: EventSourceOptions,
    { clock, random }: { readonly clock: VirtualClock; readonly random: Random },
  ) {
    this.#queue = queue;
    this.#target = target;
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
  }

  /** Polls until the queue is empty. To be called whenever a message arrives. */
  wake(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#clock.after(this.#random.between(5, 200), () => this.#poll());
  }

  #poll(): void {
    while (this.#running < this.#options.concurrency) {
      const messages = this.#queue.receive(this.#options.batchSize);
      if (messages.length === 0) break;
      this.#handOver(messages);
    }
    if (this.#queue.size === 0) this.#isPolling = false;
    else this.#clock.after(POLL_MS, () => this.#poll());
  }

  async #handOver(messages: readonly ReceivedMessage[]): Promise<void> {
    this.#running += 1;
    const Records = messages.map(({ MessageId, ReceiptHandle, Body, Attributes }) => {
      return { messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, attributes: Attributes };
    });
    const result = await this.#target.invoke({ Records });
    this.#running -= 1;
    if (result.outcome !== "returned") return;
    const failed = failedIn(result.value);
    // What the function reports must be messages of the batch, or all of it has failed.
    if (!failed.isSubsetOf(new Set(messages.map(({ MessageId }) => MessageId)))) return;
    for (const { MessageId, ReceiptHandle } of messages) {
      if (!failed.has(MessageId)) this.#queue.delete(ReceiptHandle);
    }
  }
}

/** The ids that a function reports as failed: none if it returns nothing. */
function failedIn(result: unknown): Set<unknown> {
  const { batchItemFailures } = (result ?? {}) as Partial<SQSBatchResponse>;
  return new Set(batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
}
