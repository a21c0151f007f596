import type { VirtualClock } from "../clock.ts";
import type { EnvironmentRecord } from "../history.ts";
import { findUnderWay, type LambdaFault } from "../plan.ts";
import type { Random } from "../random.ts";
import { STARTS_AT } from "../world.ts";

/** What happens to one invocation, apart from what its code does. */
export interface Mishap {
  /** Ends the environment after so many steps. */
  readonly endsAfter: number | undefined;
  /** Ends the environment after the invocation, so that the next one starts cold. */
  readonly isLast: boolean;
  /** Turns the invocation away. */
  readonly isThrottled: boolean;
}

/** An invocation takes at most about so many steps if nothing fails. */
const MOST_STEPS = 18;

/** How far a clock may be off that was set, and one that drifts, in milliseconds. */
const FARTHEST_SET = 3_600_000;
const FARTHEST_DRIFT = 40_000;

/** Lets the plan's faults of Lambda happen to a function. */
export class Mishaps {
  readonly #faults: readonly LambdaFault[];
  readonly #clock: VirtualClock;
  readonly #random: Random;
  /** How the clock of each environment goes wrong: from -1 to 1, or not at all. */
  readonly #deviations = new Map<EnvironmentRecord, number>();

  constructor(
    faults: readonly LambdaFault[],
    { clock, random }: { readonly clock: VirtualClock; readonly random: Random },
  ) {
    this.#faults = faults;
    this.#clock = clock;
    this.#random = random;
  }

  /** Chooses what happens to the next invocation. */
  next(): Mishap {
    return {
      endsAfter: this.#hits("ends an environment in the middle") ? this.#random.below(MOST_STEPS) : undefined,
      isLast: this.#hits("starts every environment anew"),
      isThrottled: this.#hits("has no concurrency left"),
    };
  }

  /** How far the wall clock of an environment is ahead now, in milliseconds. */
  clockError(record: EnvironmentRecord): number {
    const set = this.#find("sets the clock of environments");
    if (set) return Math.floor(this.#deviation(record, set.share) * FARTHEST_SET);
    const drift = this.#find("lets the clock of environments drift");
    if (drift === undefined) return 0;
    const progress = (this.#time - drift.from) / drift.duration;
    return Math.floor(this.#deviation(record, drift.share) * progress * FARTHEST_DRIFT);
  }

  get #time(): number {
    return this.#clock.now() - STARTS_AT;
  }

  #find(name: LambdaFault["name"]): LambdaFault | undefined {
    return findUnderWay(this.#faults, this.#time, (fault) => fault.name === name);
  }

  #hits(name: LambdaFault["name"]): boolean {
    const fault = this.#find(name);
    return fault !== undefined && this.#random.chance(fault.share);
  }

  #deviation(record: EnvironmentRecord, share: number): number {
    const known = this.#deviations.get(record);
    if (known !== undefined) return known;
    const deviation = this.#random.chance(share) ? 2 * this.#random.fraction() - 1 : 0;
    this.#deviations.set(record, deviation);
    return deviation;
  }
}
