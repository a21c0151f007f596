import { availableParallelism } from "node:os";
import { type CommandIo, linePrinter } from "../../bin/shared/command.ts";
import { count } from "../../bin/shared/count.ts";
import type { Plan } from "../plan.ts";
import { Progress } from "../report/progress.ts";
import { formatBroken, formatCounterexample, formatTally } from "../report/report.ts";
import { formatTraceLine } from "../report/trace.ts";
import { type Draw, type Judgement, judge, type SimulatedSystem } from "./judge.ts";
import { judgeAll } from "./pool.ts";
import { shrink } from "./shrink.ts";
import { addTallies, NO_TALLY, type Tally } from "./tally.ts";

/** So many seeds that broke a promise are named after the first. */
const MOST_FAILURES = 20;

/**
 * Runs one plan, and prints what happened.
 *
 * @returns the exit code
 */
export async function runSeed(
  draw: Draw,
  plan: Plan,
  isTraced: boolean,
  system: SimulatedSystem,
  io: CommandIo,
): Promise<number> {
  const print = linePrinter(io.stdout);
  print(`Seed ${draw.seed}, at most ${count(draw.callbacks, "callback")}`);
  const judgement = await judge(
    plan,
    system,
    isTraced ? (time, text) => print(formatTraceLine(time, text)) : undefined,
  );
  print(formatTally(judgement.tally));
  return reportFailures(judgement.broken.length === 0 ? [] : [{ draw, judgement }], system, io);
}

/** A seed that broke a promise. */
interface Failure {
  readonly draw: Draw;
  readonly judgement: Judgement;
}

/** How long to go on: until either is reached. */
export interface Extent {
  readonly seeds: number;
  readonly minutes: number;
}

/** Runs several seeds on all cores, upwards from one. The result does not depend on which core runs which. */
export async function runSeeds(
  { seed: first, callbacks }: Draw,
  { seeds, minutes }: Extent,
  { stacks }: SimulatedSystem,
  { stderr }: CommandIo,
): Promise<{ tally: Tally; failures: readonly Failure[] }> {
  const end = performance.now() + minutes * 60_000;
  function* draws(): Iterator<Draw, undefined> {
    for (let seed = first; seed < first + seeds && performance.now() < end; seed += 1) yield { seed, callbacks };
  }
  const progress = new Progress(stderr);
  const failures: Failure[] = [];
  let tally = NO_TALLY;
  const threads = Math.min(seeds, availableParallelism());
  await judgeAll(draws(), stacks, threads, (draw, judgement) => {
    tally = addTallies(tally, judgement.tally);
    if (judgement.broken.length > 0) {
      failures.push({ draw, judgement });
      progress.clear();
      linePrinter(stderr)(formatFailure({ draw, judgement }));
    }
    progress.show(`${count(tally.seeds, "seed")} from ${first}, ${count(tally.callbacks, "callback")}`);
  });
  progress.clear();
  return { tally, failures };
}

function formatFailure({ draw, judgement }: Failure): string {
  return `Seed ${draw.seed} breaks: ${judgement.broken.map(({ promise }) => promise).join("; ")}`;
}

/**
 * Prints what broke, in the order of the seeds, and the shortest plan that breaks the first promise.
 *
 * @returns the exit code
 */
export async function reportFailures(
  failures: readonly Failure[],
  system: SimulatedSystem,
  io: CommandIo,
): Promise<number> {
  const print = linePrinter(io.stdout);
  const [first, ...others] = [...failures].sort((one, other) => one.draw.seed - other.draw.seed);
  if (first === undefined) {
    print("\nEvery promise held.");
    return 0;
  }
  const { draw, judgement } = first;
  for (const broken of judgement.broken) print(`\n${formatBroken(draw, broken)}`);
  for (const other of others.slice(0, MOST_FAILURES)) print(formatFailure(other));
  if (others.length > MOST_FAILURES) print(`and ${count(others.length - MOST_FAILURES, "more seed")}`);
  const [{ promise } = { promise: "" }] = judgement.broken;
  // What has a path has been shrunk before.
  if (draw.path === undefined) {
    const progress = new Progress(io.stderr);
    const onRun = (run: number, mostRuns: number) => progress.show(`looking for a shorter plan: ${run} of ${mostRuns}`);
    const counterexample = await shrink(draw, promise, system, onRun);
    progress.clear();
    print(`\n${formatCounterexample(counterexample)}`);
  }
  return 1;
}
