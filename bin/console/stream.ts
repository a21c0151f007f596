import type { ServerResponse } from "node:http";
import { HttpError } from "./http-error.ts";
import type { Journal } from "./journal.ts";
import type { CallbackRow, SystemState } from "./protocol.ts";

/** The shortest time between two events of a kind. */
const INTERVAL_MS = 100;
/** Keeps proxies and sleeping laptops from taking the connection for dead. */
const HEARTBEAT_MS = 15_000;
/** A client that reads slower than this many bytes pile up is cut off; it connects again, and gets everything again. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
/** How many clients there may be: each that does not read takes 10 MB. */
const MAX_CLIENTS = 32;
/** How many rows a client gets to begin with, and how many characters they may have together. */
const FIRST_ROWS = 20_000;
const FIRST_LENGTH = 6 * 1024 * 1024;

/** Sends the system's state and the callbacks' rows to all pages, as server-sent events. */
export class Stream {
  readonly #journal: Journal;
  readonly #readState: () => SystemState;
  readonly #clients = new Set<ServerResponse>();
  readonly #rows = new Map<string, CallbackRow>();
  readonly #stopWatching: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  #lastState = "";
  #timer: NodeJS.Timeout | undefined;

  /** @param readState reads the state as it is now */
  constructor(journal: Journal, readState: () => SystemState) {
    this.#journal = journal;
    this.#readState = readState;
    this.#stopWatching = journal.watch({
      callback: (row) => {
        if (this.#clients.size > 0) this.#rows.set(row.id, row);
        this.changed();
      },
      change: () => this.changed(),
    });
    this.#heartbeat = setInterval(() => this.#heartbeatAll(), HEARTBEAT_MS).unref();
  }

  /**
   * Adds a client. It gets everything so far, then what changes.
   *
   * @throws {HttpError} with 503 if there are too many
   */
  add(response: ServerResponse): void {
    if (this.#clients.size >= MAX_CLIENTS) {
      throw new HttpError(503, `The console is open ${MAX_CLIENTS} times: close a page.`);
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    this.#flush();
    this.#clients.add(response);
    response.on("close", () => this.#clients.delete(response));
    this.#send(response, frame("state", JSON.stringify(this.#readState())));
    this.#send(response, frame("callbacks", lastRows(this.#journal.rows)));
  }

  /** Sends what has changed, soon. */
  changed(): void {
    if (this.#clients.size === 0) return;
    this.#timer ??= setTimeout(() => this.#flush(), INTERVAL_MS).unref();
  }

  /** Ends all connections. */
  close(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#timer);
    this.#stopWatching();
    for (const client of this.#clients) client.end();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#clients.size === 0) {
      this.#rows.clear();
      return;
    }
    const state = JSON.stringify(this.#readState());
    let text = this.#rows.size > 0 ? frame("callbacks", JSON.stringify([...this.#rows.values()])) : "";
    this.#rows.clear();
    if (state !== this.#lastState) text += frame("state", state);
    this.#lastState = state;
    if (text === "") return;
    for (const client of this.#clients) this.#send(client, text);
  }

  #heartbeatAll(): void {
    for (const client of this.#clients) this.#send(client, ":\n\n");
    // Messages become visible again without any event.
    this.changed();
  }

  #send(client: ServerResponse, text: string): void {
    client.write(text);
    if (client.writableLength > MAX_BUFFERED_BYTES) client.destroy();
  }
}

/** An event; JSON has no line breaks of its own. */
function frame(name: string, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}

/** The last rows as JSON. */
function lastRows(rows: readonly CallbackRow[]): string {
  const texts: string[] = [];
  let length = 0;
  for (const row of rows.slice(-FIRST_ROWS).reverse()) {
    const text = JSON.stringify(row);
    length += text.length;
    if (length > FIRST_LENGTH) break;
    texts.push(text);
  }
  return `[${texts.reverse().join()}]`;
}
