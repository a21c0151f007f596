import { setImmediate } from "node:timers/promises";
import fakeTimers from "@sinonjs/fake-timers";

/** Reads the virtual time. */
export interface Now {
  /** Unix milliseconds. */
  now(): number;
}

/** A timer that has been set. */
export type Timer = ReturnType<ReturnType<typeof fakeTimers.createClock>["setTimeout"]>;

/** Virtual time: it stands still while code runs, and jumps to the next timer when no code is left to run. */
export class VirtualClock implements Now {
  readonly #clock: ReturnType<typeof fakeTimers.createClock>;

  /** @param startsAt Unix milliseconds */
  constructor(startsAt: number) {
    this.#clock = fakeTimers.createClock(startsAt);
  }

  now(): number {
    return this.#clock.now;
  }

  /** Calls back after some milliseconds. */
  after(milliseconds: number, callback: () => void): Timer {
    return this.#clock.setTimeout(callback, milliseconds);
  }

  /** Clears a timer, if it is still set. */
  cancel(timer: Timer | undefined): void {
    this.#clock.clearTimeout(timer);
  }

  /** Resolves after some milliseconds. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.after(milliseconds, resolve));
  }

  /** Waits for a promise, but no longer than some milliseconds. Resolves to `undefined` if it has not resolved by then. */
  within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value | undefined> {
    return new Promise((resolve, reject) => {
      const timer = this.after(milliseconds, () => resolve(undefined));
      promise.then(resolve, reject).finally(() => this.cancel(timer));
    });
  }

  /**
   * Lets time pass until a promise settles.
   *
   * @returns the promise's value
   * @throws {Error} what the promise rejects with; or if it depends on nothing that is still to come
   */
  async runUntil<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      // Code under test awaits nothing but timers, so this lets all of it run.
      await setImmediate();
      if (isSettled) return promise;
      if (this.#clock.countTimers() === 0) throw new Error("the simulation waits for something that never happens");
      this.#clock.next();
    }
  }
}
