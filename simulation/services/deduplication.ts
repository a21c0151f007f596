/**
 * How long a FIFO queue recognises a repeat, in milliseconds, also after the message was deleted
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html).
 */
const DEDUPLICATION_WINDOW = 5 * 60_000;

/** Recognises the messages that were sent to a FIFO queue before, by group and deduplication id. */
export class Deduplication {
  /** In the order of sending. */
  readonly #firsts = new Map<string, { readonly MessageId: string; readonly at: number }>();

  /**
   * Remembers a message, unless one with the same group and deduplication id was sent within the window.
   *
   * @param now Unix milliseconds
   * @returns the id of that first message, if there is one
   */
  check(message: DeduplicatedMessage, now: number): string | undefined {
    for (const [key, { at }] of this.#firsts) {
      if (now - at < DEDUPLICATION_WINDOW) break;
      this.#firsts.delete(key);
    }
    const { MessageId, group, deduplicationId } = message;
    // Neither may contain a space.
    const key = `${group} ${deduplicationId}`;
    const first = this.#firsts.get(key);
    if (first === undefined) this.#firsts.set(key, { MessageId, at: now });
    return first?.MessageId;
  }
}

/** The parts of a message that its deduplication depends on. */
interface DeduplicatedMessage {
  readonly MessageId: string;
  readonly group: string | undefined;
  readonly deduplicationId: string | undefined;
}
