import { expect, test } from "vitest";
import { Callbacks, KEPT_CALLBACKS } from "../../../../bin/console/page/callbacks.ts";
import { callbackRow } from "../../../support/console-state.ts";

/** Rows of the given ids, which were received at these times. */
const rows = (...ids: readonly number[]) => ids.map((id) => callbackRow({ id: String(id), receivedAt: id }));

const shownIds = (callbacks: Callbacks) => callbacks.shown().map(({ id }) => id);

test("The newest callback comes first, in whatever order they arrive", () => {
  const callbacks = new Callbacks();
  callbacks.update(rows(2, 4));
  callbacks.update(rows(5, 1, 3));
  expect(shownIds(callbacks)).toEqual(["5", "4", "3", "2", "1"]);
});

test("A changed row replaces the one before it", () => {
  const callbacks = new Callbacks();
  callbacks.update(rows(1, 2));
  callbacks.update([callbackRow({ id: "1", receivedAt: 1, verdict: "standby" })]);
  expect(callbacks.shown().map(({ verdict }) => verdict)).toEqual(["stored", "standby"]);
  expect(callbacks.get("1")?.verdict).toBe("standby");
});

test("The oldest callbacks are dropped above the limit", () => {
  const callbacks = new Callbacks();
  callbacks.update(rows(...Array.from({ length: KEPT_CALLBACKS + 2 }, (_, index) => index)));
  expect(callbacks.shown()).toHaveLength(KEPT_CALLBACKS);
  expect(callbacks.get("1")).toBeUndefined();
  expect(callbacks.get("2")).toBeDefined();
});

test("A pause holds new rows back until it ends, and lets shown ones change", () => {
  const callbacks = new Callbacks();
  callbacks.update(rows(1));
  callbacks.pause();
  callbacks.update([...rows(2, 3), callbackRow({ id: "1", receivedAt: 1, verdict: "log" })]);
  expect(callbacks.shown().map(({ verdict }) => verdict)).toEqual(["log"]);
  expect(callbacks.heldBack).toBe(2);
  callbacks.resume();
  expect(shownIds(callbacks)).toEqual(["3", "2", "1"]);
  expect(callbacks.heldBack).toBe(0);
});

test("Clearing hides what has arrived, even while paused and after it changes", () => {
  const callbacks = new Callbacks();
  callbacks.update(rows(1));
  callbacks.pause();
  callbacks.update(rows(2));
  callbacks.clear();
  expect(callbacks.heldBack).toBe(0);
  callbacks.update(rows(2, 3));
  expect(shownIds(callbacks)).toEqual([]);
  callbacks.resume();
  expect(shownIds(callbacks)).toEqual(["3"]);
  expect(callbacks.get("1")).toBeDefined();
});

test("A system that was started anew replaces the callbacks of the one before, even if their ids are the same", () => {
  const callbacks = new Callbacks();
  callbacks.update(rows(1, 2, 3));
  const first = [...rows(2), callbackRow({ id: "3", receivedAt: 9 }), ...rows(4)];
  callbacks.keepOnly(first);
  expect(shownIds(callbacks)).toEqual(["2"]);
  callbacks.update(first);
  expect(shownIds(callbacks)).toEqual(["3", "4", "2"]);
});
