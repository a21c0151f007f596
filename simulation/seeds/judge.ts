import { inspect } from "node:util";
import fc from "fast-check";
import { arbitraryPlan } from "../arbitrary-plan.ts";
import type { History } from "../history.ts";
import { judgeRun, type Violation } from "../invariants/index.ts";
import type { Plan } from "../plan.ts";
import { type Bundles, run } from "../run.ts";
import type { StackDefinition } from "../stack.ts";
import { addTallies, type Tally, tallyHistory, tallyPromises } from "./tally.ts";

/** The deployed stack, by its destination. */
export type Stacks = Readonly<Record<Plan["destination"], StackDefinition>>;

/** What is simulated. */
export interface SimulatedSystem {
  readonly stacks: Stacks;
  readonly bundles: Bundles;
}

/** Decides which plan is run. */
export interface Draw {
  /** From 0 to 2^31 - 1. */
  readonly seed: number;
  /** How many callbacks Tencent sends at most. The same seed with another number has another plan. */
  readonly callbacks: number;
  /** How to shrink the seed's plan: fast-check's `counterexamplePath`. */
  readonly path?: string | undefined;
}

/** A promise that a run broke. */
export interface BrokenPromise {
  readonly promise: string;
  /** The first violations, in words. */
  readonly details: readonly string[];
  /** How many violations there are. */
  readonly violations: number;
}

/** What a run did, and which promises it broke. */
export interface Judgement {
  readonly tally: Tally;
  readonly broken: readonly BrokenPromise[];
}

/** The promise that a run breaks which ends with an exception. */
const ENDS_WELL = "The simulation comes to its end";

/** So many violations of a promise are kept. */
const MOST_DETAILS = 3;

/**
 * Draws a plan.
 *
 * @throws {Error} when the seed's plan cannot be shrunk along the path
 */
export function drawPlan({ seed, callbacks, path }: Draw): Plan {
  const [plan] = fc.sample(arbitraryPlan(callbacks), { seed, numRuns: 1, ...(path !== undefined && { path }) });
  if (plan === undefined) throw new Error(`The plan of seed ${seed} cannot be shrunk along ${path}`);
  return plan;
}

/**
 * Runs a plan, and checks every promise.
 *
 * @param trace receives the virtual milliseconds since the start, and what happens then
 */
export async function judge(
  plan: Plan,
  { stacks, bundles }: SimulatedSystem,
  trace?: (time: number, text: string) => void,
): Promise<Judgement> {
  let history: History;
  try {
    history = await run(plan, stacks[plan.destination], bundles, trace);
  } catch (error) {
    const violations = [{ promise: ENDS_WELL, detail: inspect(error) }];
    return { tally: tallyPromises(new Map([[ENDS_WELL, 1]]), violations), broken: groupByPromise(violations) };
  }
  const { checks, violations } = judgeRun(plan, history);
  const promises = tallyPromises(new Map([[ENDS_WELL, 1], ...checks]), violations);
  return { tally: addTallies(promises, tallyHistory(plan, history)), broken: groupByPromise(violations) };
}

function groupByPromise(violations: readonly Violation[]): BrokenPromise[] {
  return Array.from(
    Map.groupBy(violations, ({ promise }) => promise),
    ([promise, all]) => ({
      promise,
      details: all.slice(0, MOST_DETAILS).map(({ detail }) => detail),
      violations: all.length,
    }),
  );
}
