import type { ChatEvent } from "../../events/chat-event.ts";
import type { CallbackRow } from "./protocol.ts";

/** Learns what the journal has learnt. */
export interface JournalWatcher {
  /** A callback is new, or its row has changed. */
  callback?(row: CallbackRow): void;
  /** An event reached the destination's queue, which dropped it if it was a repeat. */
  event?(event: ChatEvent, isDropped: boolean): void;
  /** Something has changed that is no callback's row. */
  change?(): void;
}

/** Tells all watchers. */
export class JournalWatchers implements Required<JournalWatcher> {
  readonly #watchers = new Set<JournalWatcher>();

  /** Adds a watcher. Returns a function that removes it. */
  add(watcher: JournalWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  callback(row: CallbackRow): void {
    for (const watcher of this.#watchers) watcher.callback?.(row);
  }

  event(event: ChatEvent, isDropped: boolean): void {
    for (const watcher of this.#watchers) watcher.event?.(event, isDropped);
  }

  change(): void {
    for (const watcher of this.#watchers) watcher.change?.();
  }
}
