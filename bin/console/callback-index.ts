import type { ChatEvent } from "../../events/chat-event.ts";
import type { LoggedRequest } from "../../functions/recovery-log.ts";
import type { CallbackRecord } from "./callback-record.ts";

type Metadata = ChatEvent["detail"]["metadata"];

/** Finds the callback that an event, a message or a log line belongs to. */
export class CallbackIndex {
  readonly #byId = new Map<string, CallbackRecord>();
  readonly #byMessageId = new Map<string, CallbackRecord>();
  readonly #byEventKey = new Map<string, CallbackRecord>();
  readonly #byDeduplicationId = new Map<string, Set<CallbackRecord>>();
  readonly #unanswered = new Set<CallbackRecord>();

  get(id: string): CallbackRecord | undefined {
    return this.#byId.get(id);
  }

  /** All callbacks, the oldest first. */
  all(): Iterable<CallbackRecord> {
    return this.#byId.values();
  }

  get size(): number {
    return this.#byId.size;
  }

  get unanswered(): number {
    return this.#unanswered.size;
  }

  add(record: CallbackRecord): void {
    this.#byId.set(record.id, record);
    this.#unanswered.add(record);
  }

  /** Remembers which event a callback is expected to become. */
  expect(record: CallbackRecord): void {
    const id = deduplicationIdOf(record);
    if (id === undefined || !this.#byId.has(record.id)) return;
    const records = this.#byDeduplicationId.get(id);
    if (records) records.add(record);
    else this.#byDeduplicationId.set(id, new Set([record]));
  }

  answer(record: CallbackRecord): void {
    this.#unanswered.delete(record);
  }

  /** Removes a callback and all that leads to it. */
  remove(record: CallbackRecord): void {
    this.#byId.delete(record.id);
    this.#unanswered.delete(record);
    for (const messageId of record.messages.keys()) this.#byMessageId.delete(messageId);
    if (record.eventKey !== undefined) this.#byEventKey.delete(record.eventKey);
    const id = deduplicationIdOf(record) ?? "";
    const records = this.#byDeduplicationId.get(id);
    records?.delete(record);
    if (records?.size === 0) this.#byDeduplicationId.delete(id);
  }

  byMessage(messageId: string): CallbackRecord | undefined {
    return this.#byMessageId.get(messageId);
  }

  linkMessage(messageId: string, record: CallbackRecord): void {
    this.#byMessageId.set(messageId, record);
  }

  unlinkMessage(messageId: string): void {
    this.#byMessageId.delete(messageId);
  }

  /**
   * Finds the callback of an event, and remembers it: the event keeps its time of receipt and Tencent's request id wherever it
   * goes. Of several equal callbacks, the event belongs to the last that arrived before it and has none yet.
   */
  byEvent(metadata: Metadata): CallbackRecord | undefined {
    const { deduplicationId, requestId = "", receivedAt } = metadata;
    const key = `${deduplicationId} ${receivedAt} ${requestId}`;
    const known = this.#byEventKey.get(key);
    const time = Date.parse(receivedAt);
    const equal = [...(this.#byDeduplicationId.get(deduplicationId) ?? [])].filter(
      (record) => record.tencentRequestId === requestId,
    );
    const free = equal.filter((record) => record.eventKey === undefined && record.receivedAt <= time);
    // One that is answered has got all it will get, unless an operator replays it.
    const waiting = free.filter((record) => this.#unanswered.has(record));
    const accepted = free.filter((record) => record.expectations?.signed.refusal === undefined);
    const record = known ? (waiting.at(-1) ?? known) : (accepted.at(-1) ?? free.at(-1) ?? equal.at(-1));
    if (record) {
      record.eventKey ??= key;
      this.#byEventKey.set(key, record);
    }
    return record;
  }

  /** Finds the callback whose request the function logged because it could not judge it. */
  byLoggedRequest({ requestId = "", body, isBase64Encoded }: LoggedRequest): CallbackRecord | undefined {
    const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
    return [...this.#byId.values()]
      .reverse()
      .find((record) => !record.isLogged && record.tencentRequestId === requestId && bytes.equals(record.body));
  }
}

function deduplicationIdOf({ expectations }: CallbackRecord): string | undefined {
  return expectations?.signed.deduplicationId ?? expectations?.unsigned.deduplicationId;
}
