import type { VirtualClock } from "./clock.ts";
import type { History } from "./history.ts";
import type { Random } from "./random.ts";

/** What everything in a run shares. */
export interface World {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly history: History;
}

/** When each run starts, in Unix milliseconds: a Monday. */
export const STARTS_AT = Date.UTC(2026, 0, 5);
