import fc from "fast-check";
import { arbitraryPlan } from "../arbitrary-plan.ts";
import type { Plan } from "../plan.ts";
import { type BrokenPromise, type Draw, judge, type SimulatedSystem } from "./judge.ts";

/** The shortest plan that was found to break a promise. */
export interface Counterexample {
  /** How to draw the plan. */
  readonly draw: Draw;
  readonly plan: Plan;
  readonly broken: BrokenPromise;
  /** How many plans were run to find it. */
  readonly runs: number;
}

/** A plan that nearly fails costs as much to run as one that fails; most counterexamples are short after 100 runs. */
const MOST_RUNS = 300;

/**
 * Looks for the shortest plan that breaks a promise. The result depends on the seed only, not on how long it takes.
 *
 * @param draw a plan that breaks it
 * @param onRun called before each run with its number
 * @throws {Error} when the plan breaks no such promise
 */
export async function shrink(
  { seed, callbacks }: Draw,
  promise: string,
  system: SimulatedSystem,
  onRun: (run: number, mostRuns: number) => void,
): Promise<Counterexample> {
  let runs = 0;
  let broken: BrokenPromise | undefined;
  const holds = fc.asyncProperty(arbitraryPlan(callbacks), async (plan) => {
    if (runs === MOST_RUNS) return true;
    runs += 1;
    onRun(runs, MOST_RUNS);
    const found = (await judge(plan, system)).broken.find((candidate) => candidate.promise === promise);
    broken = found ?? broken;
    return found === undefined;
  });
  const { counterexample, counterexamplePath } = await fc.check(holds, { seed, numRuns: 1 });
  if (counterexample === null || counterexamplePath === null || broken === undefined)
    throw new Error(`The plan of seed ${seed} keeps the promise '${promise}' when it is run again`);
  return { draw: { seed, callbacks, path: counterexamplePath }, plan: counterexample[0], broken, runs };
}
