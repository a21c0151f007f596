import { type Scoreboard, VERDICTS, type Verdict } from "./protocol.ts";

/** Counts callbacks by their verdicts, and events on their way. */
export class Tally {
  readonly #counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  /** Events that came to the destination from standby. */
  republished = 0;
  /** Messages that consumers deleted from the destination. */
  consumed = 0;

  /**
   * Counts a callback's new verdict.
   *
   * @param before its verdict until now; `undefined` for a new callback
   */
  changed(before: Verdict | undefined, now: Verdict): void {
    if (before !== undefined) this.#counts[before] -= 1;
    this.#counts[now] += 1;
  }

  get scoreboard(): Scoreboard {
    const { "in flight": _inFlight, ...counts } = this.#counts;
    return { sent: Object.values(counts).reduce((sum, count) => sum + count, 0), ...counts };
  }
}
