import type { RelayedCall } from "../../local/handler-proxy.ts";
import { type CallbackRecord, keepReply, type RecordedRelay, remember } from "./callback-record.ts";
import type { HandlerFacts } from "./handler-facts.ts";

/** Counts the callbacks that the existing handler got, and records its replies. */
export class ExistingHandler {
  readonly #url: string | undefined;
  #relayed = 0;
  #failed = 0;
  #lastReply: string | undefined;

  /** @param url the handler's; `undefined` if callbacks are relayed to none */
  constructor(url: string | undefined) {
    this.#url = url;
  }

  /** The facts so far; `undefined` if there is no handler. */
  get facts(): HandlerFacts | undefined {
    if (this.#url === undefined) return undefined;
    const counts = { url: this.#url, relayed: this.#relayed, failed: this.#failed };
    return { ...counts, ...(this.#lastReply !== undefined && { lastReply: this.#lastReply }) };
  }

  /**
   * The handler got a callback, and either replied or not.
   *
   * @param record the callback, if the console knows it
   */
  called(record: CallbackRecord | undefined, { reply, problem, milliseconds }: RelayedCall): void {
    this.#lastReply = reply ? `replied with ${reply.statusCode} after ${Math.round(milliseconds)} ms` : "gave no reply";
    if (record === undefined) return;
    const why = problem === undefined ? "" : `: ${problem}`;
    remember(record, Date.now(), `The existing handler ${this.#lastReply}${why}.`);
    // The function logs the problems of genuine callbacks only.
    const known = problem ?? (reply?.statusCode === 200 ? undefined : `it replied with ${reply?.statusCode}`);
    this.#note(record, {
      ...record.relay,
      ...(reply && { reply: keepReply({ ...reply, milliseconds }) }),
      ...(known !== undefined && { problem: known }),
    });
  }

  /**
   * The function logged that the handler did not accept a callback. Keeps an earlier problem: the proxy knows better why there is
   * no reply.
   */
  failed(record: CallbackRecord, problem: string): void {
    if (record.relay?.problem !== undefined) return;
    remember(record, Date.now(), `The existing handler did not accept it: ${problem}.`);
    this.#note(record, { ...record.relay, problem });
  }

  #note(record: CallbackRecord, relay: RecordedRelay): void {
    if (record.relay === undefined) this.#relayed += 1;
    if (record.relay?.problem === undefined && relay.problem !== undefined) this.#failed += 1;
    record.relay = relay;
  }
}
