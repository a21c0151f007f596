const MINUTE_MS = 60_000;

/** Counts occurrences within a minute, so that callers can limit what a flood costs. */
export class MinuteCounter {
  #minuteEnd = Number.NEGATIVE_INFINITY;
  #count = 0;

  /**
   * Counts one occurrence.
   *
   * @param now Unix milliseconds
   * @returns how many there were in this minute, including this one
   */
  count(now: number): number {
    if (now >= this.#minuteEnd) {
      this.#minuteEnd = now + MINUTE_MS;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count;
  }
}

/**
 * Whether a count has just doubled: 1, 2, 4, 8, … Reporting then keeps the number of reports small, and an environment that
 * ends early takes less than half of the count with it.
 */
export function hasDoubled(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}
