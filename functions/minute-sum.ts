const MINUTE_MS = 60_000;

/** Adds up amounts within a minute, so that callers can limit what a flood costs. */
export class MinuteSum {
  #minuteStart = Number.NEGATIVE_INFINITY;
  #sum = 0;

  /**
   * Adds an amount.
   *
   * @param now Unix milliseconds
   * @returns the sum of this minute, including this amount
   */
  add(amount: number, now: number): number {
    // Either way: a clock that is set back an hour must not make this minute last an hour.
    if (Math.abs(now - this.#minuteStart) >= MINUTE_MS) {
      this.#minuteStart = now;
      this.#sum = 0;
    }
    this.#sum += amount;
    return this.#sum;
  }
}

/**
 * Whether a count has just doubled: 1, 2, 4, 8, … Reporting then keeps the number of reports small, and an environment that
 * ends early takes less than half of the count with it.
 */
export function hasDoubled(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}
