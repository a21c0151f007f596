import type { History } from "../history.ts";
import type { Plan } from "../plan.ts";
import { BOUNDS } from "./bounds.ts";
import { DELIVERY } from "./delivery.ts";
import { Facts } from "./facts.ts";
import { METRICS } from "./metrics.ts";
import type { Promises } from "./promise.ts";
import { RELAY } from "./relay.ts";
import { SECURITY } from "./security.ts";
import { STANDBY } from "./standby.ts";
import { TIME } from "./time.ts";
import { TOKEN } from "./token.ts";

/** Every promise, in words, with its check. */
export const PROMISES: Promises = {
  ...DELIVERY,
  ...STANDBY,
  ...TOKEN,
  ...RELAY,
  ...SECURITY,
  ...TIME,
  ...BOUNDS,
  ...METRICS,
};

/** A promise that was not kept. */
export interface Violation {
  readonly promise: string;
  /** What happened, with the callback's key. */
  readonly detail: string;
}

/** How a run kept the promises. */
export interface Verdict {
  readonly violations: readonly Violation[];
  /** How often each promise was put to the test, by its words. */
  readonly checks: ReadonlyMap<string, number>;
}

/** Checks every promise against what happened in a run. */
export function judgeRun(plan: Plan, history: History): Verdict {
  const facts = new Facts(plan, history);
  const violations: Violation[] = [];
  const checks = new Map<string, number>();
  for (const [promise, check] of Object.entries(PROMISES)) {
    let count = 0;
    for (const detail of check(facts)) {
      count += 1;
      if (detail !== undefined) violations.push({ promise, detail });
    }
    checks.set(promise, count);
  }
  return { violations, checks };
}
