import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../simulation/clock.ts";

const START = Date.UTC(2026, 0, 5);
const DAY = 86_400_000;

describe("Virtual time", () => {
  test("stands still while code runs, and jumps to the next timer", async () => {
    const clock = new VirtualClock(START);
    const times: number[] = [];
    const note = async (pause: number) => {
      await clock.sleep(pause);
      times.push(clock.now() - START);
    };
    expect(clock.now()).toBe(START);
    await clock.runUntil(Promise.all([note(DAY), note(2), note(1)]));
    expect(times).toEqual([1, 2, DAY]);
    expect(clock.now()).toBe(START + DAY);
  });

  test("lets timers of the same time go off in the order in which they were set", async () => {
    const clock = new VirtualClock(START);
    const order: string[] = [];
    clock.after(5, () => order.push("first"));
    clock.after(5, () => order.push("second"));
    await clock.runUntil(clock.sleep(5));
    expect(order).toEqual(["first", "second"]);
  });

  test("lets all code run that awaits no timer before it goes on", async () => {
    const clock = new VirtualClock(START);
    let turns = 0;
    clock.after(1, async () => {
      for (; turns < 1_000; turns += 1) await undefined;
    });
    let seen = 0;
    clock.after(2, () => {
      seen = turns;
    });
    await clock.runUntil(clock.sleep(3));
    expect(seen).toBe(1_000);
  });

  test("passes over timers that were cleared", async () => {
    const clock = new VirtualClock(START);
    let isCalled = false;
    clock.cancel(clock.after(1, () => (isCalled = true)));
    clock.cancel(undefined);
    await clock.runUntil(clock.sleep(2));
    expect(isCalled).toBe(false);
  });

  test("stops when the promise settles, whatever is still to come", async () => {
    const clock = new VirtualClock(START);
    clock.after(DAY, () => {});
    expect(await clock.runUntil(clock.sleep(1).then(() => "value"))).toBe("value");
    expect(clock.now()).toBe(START + 1);
    await expect(clock.runUntil(clock.sleep(1).then(() => Promise.reject(new Error("no"))))).rejects.toThrow("no");
  });

  test("fails when nothing can happen any more", async () => {
    const clock = new VirtualClock(START);
    await expect(clock.runUntil(new Promise(() => {}))).rejects.toThrow("something that never happens");
  });
});

describe("A wait with a limit", () => {
  test.each([
    ["the value, if it comes in time", 999, "value", 999],
    ["undefined at the limit, if it does not", 1_001, undefined, 1_000],
  ])("resolves to %s", async (_what, delay, value, end) => {
    const clock = new VirtualClock(START);
    const late = clock.sleep(delay).then(() => "value");
    expect(await clock.runUntil(clock.within(1_000, late))).toBe(value);
    expect(clock.now() - START).toBe(end);
  });

  test("leaves no timer, and passes on a rejection", async () => {
    const clock = new VirtualClock(START);
    await expect(clock.runUntil(clock.within(1_000, Promise.reject(new Error("no"))))).rejects.toThrow("no");
    await expect(clock.runUntil(new Promise(() => {}))).rejects.toThrow("never happens");
    expect(clock.now()).toBe(START);
  });
});
