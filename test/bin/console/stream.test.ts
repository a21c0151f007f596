import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Journal } from "../../../bin/console/journal.ts";
import type { JournalWatcher } from "../../../bin/console/journal-watchers.ts";
import type { CallbackRow, SystemState } from "../../../bin/console/protocol.ts";
import { Stream } from "../../../bin/console/stream.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const row = (id: string, accounts: string[] = []) => ({ id, accounts, verdict: "stored" }) as unknown as CallbackRow;

/** A stream of a journal that the test speaks for. */
function start(rows: CallbackRow[] = []) {
  const watchers = new Set<JournalWatcher>();
  const watch = (watcher: JournalWatcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  };
  let inFlight = 0;
  const stream = new Stream({ rows, watch } as unknown as Journal, () => ({ inFlight }) as SystemState);
  return {
    stream,
    tell: (changed: CallbackRow) => {
      for (const watcher of watchers) watcher.callback?.(changed);
    },
    changeState: () => {
      inFlight += 1;
      stream.changed();
    },
  };
}

/** A page. A slow one reads nothing. */
function connect(stream: Stream, isSlow = false) {
  const texts: string[] = [];
  const client = Object.assign(new EventEmitter(), {
    writableLength: 0,
    isDestroyed: false,
    writeHead: () => {},
    end: () => {},
    write(text: string) {
      texts.push(text);
      if (isSlow) client.writableLength += text.length;
    },
    destroy() {
      client.isDestroyed = true;
      client.emit("close");
    },
  });
  stream.add(client as unknown as ServerResponse);
  return { client, texts };
}

test("A page gets changes at most ten times a second, and nothing if nothing has changed", () => {
  const { stream, tell, changeState } = start([row("old")]);
  const { texts } = connect(stream);
  expect(texts).toEqual([
    'event: state\ndata: {"inFlight":0}\n\n',
    `event: callbacks\ndata: ${JSON.stringify([row("old")])}\n\n`,
  ]);
  texts.length = 0;
  for (let index = 0; index < 1_000; index += 1) tell(row(`${index % 10}`));
  vi.advanceTimersByTime(99);
  expect(texts).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(texts.join("").split("event: callbacks").length).toBe(2);
  expect(texts.join("").split('"id"').length).toBe(11);
  texts.length = 0;
  stream.changed();
  vi.advanceTimersByTime(1_000);
  expect(texts).toEqual([]);
  changeState();
  vi.advanceTimersByTime(100);
  expect(texts).toEqual(['event: state\ndata: {"inFlight":1}\n\n']);
  stream.close();
});

test("A page gets the last 20,000 rows to begin with, and fewer if they are long", () => {
  const count = (rows: CallbackRow[]) => connect(start(rows).stream).texts.join("").split('"id"').length - 1;
  expect(count(Array.from({ length: 20_001 }, (_, index) => row(`${index}`)))).toBe(20_000);
  const long = count(Array.from({ length: 1_000 }, (_, index) => row(`${index}`, ["x".repeat(20_000)])));
  expect(long).toBeGreaterThan(100);
  expect(long).toBeLessThan(400);
});

test("A page that does not read is cut off; others go on", () => {
  const { stream, tell } = start();
  const slow = connect(stream, true);
  const { client, texts } = connect(stream);
  for (let index = 0; index < 12; index += 1) {
    tell(row(`${index}`, ["x".repeat(1024 * 1024)]));
    vi.advanceTimersByTime(100);
  }
  expect([slow.client.isDestroyed, client.isDestroyed]).toEqual([true, false]);
  expect(slow.texts.length).toBeLessThan(texts.length);
  stream.close();
});

test("An idle connection is kept alive", () => {
  const { stream } = start();
  const { texts } = connect(stream);
  texts.length = 0;
  vi.advanceTimersByTime(30_000);
  expect(texts.filter((text) => text === ":\n\n")).toHaveLength(2);
  stream.close();
});
