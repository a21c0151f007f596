import { randomInt } from "node:crypto";
import { availableParallelism } from "node:os";
import { buildFunctions } from "../bin/build/build-functions.ts";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  toMain,
  UsageError,
} from "../bin/shared/command.ts";
import { count } from "../bin/shared/count.ts";
import { readInteger } from "../bin/shared/option-values.ts";
import { type Draw, drawPlan, type Judgement, judge, readSystem, type SimulatedSystem } from "./judge.ts";
import type { Plan } from "./plan.ts";
import { judgeAll } from "./pool.ts";
import { Progress } from "./progress.ts";
import { formatBroken, formatCounterexample, formatTally } from "./report.ts";
import { readCommit, writeResults } from "./results.ts";
import { shrink } from "./shrink.ts";
import { addTallies, NO_TALLY, type Tally } from "./tally.ts";
import { formatTraceLine } from "./trace.ts";

/** fast-check's seeds are 32-bit integers. The sum of the first seed and the number of seeds is one. */
const LARGEST = 2 ** 30 - 1;
const MOST_CALLBACKS = 1_000_000;
const LONGEST_MINUTES = 7 * 24 * 60;
/** So many seeds that broke a promise are named after the first. */
const MOST_FAILURES = 20;

export const definition = {
  invocation: "npm run simulate",
  summary:
    "Runs the deployed system in virtual time under faults that a seed decides, and checks every promise. " +
    "Ends with exit code 0 only if all of them held; otherwise prints the shortest history that breaks one.",
  options: {
    seed: { value: "N", defaultText: "a random one", meaning: "The seed, or the first of several." },
    seeds: { value: "N", meaning: "Runs so many seeds, on all cores." },
    minutes: { value: "K", meaning: "Runs seeds until so many minutes have passed, on all cores." },
    callbacks: { value: "M", default: "1000", meaning: "Most callbacks in a seed." },
    path: { value: "P", meaning: "Runs a shortened history of the seed, as a failure prints it." },
    trace: { meaning: "Prints what happens, with virtual times; for one seed." },
    write: { meaning: "Writes the result of several seeds to simulation/results.json." },
  },
  example: "npm run simulate -- --seeds 2000 --minutes 60",
} as const satisfies CommandDefinition;

export const main = toMain(definition, simulate);

type Options = OptionValues<typeof definition>;

async function simulate(options: Options, io: CommandIo): Promise<number> {
  const draw = readDraw(options);
  const seeds = readPositive("seeds", options.seeds, LARGEST);
  const minutes = readPositive("minutes", options.minutes, LONGEST_MINUTES);
  const isOneSeed = seeds === undefined && minutes === undefined;
  if (!isOneSeed && (options.trace || options.path !== undefined))
    throw new UsageError("--trace and --path need one seed: leave out --seeds and --minutes");
  if (isOneSeed && options.write) throw new UsageError("--write needs several seeds: add --seeds or --minutes");
  const plan = isOneSeed ? readPlan(draw) : undefined;
  const commit = options.write ? await readCommit() : undefined;
  await buildFunctions();
  const system = await readSystem();
  if (plan) return runOne(draw, plan, options.trace, system, io);

  const startedAt = performance.now();
  const { tally, failures } = await runMany(draw, { seeds, minutes }, system, io);
  const seconds = (performance.now() - startedAt) / 1000;
  linePrinter(io.stdout)(formatTally(tally));
  const rate = count(Math.round(tally.callbacks / seconds), "callback");
  io.stderr.write(`${count(tally.seeds, "seed")} in ${Math.round(seconds)} s: ${rate} a second\n`);
  if (commit !== undefined) await writeResults({ command: formatCommand(options), commit, seconds, tally });
  return report(failures, system, io);
}

function readDraw({ seed, callbacks, path }: Options): Draw {
  if (path !== undefined && seed === undefined)
    throw new UsageError("--path needs the seed that it belongs to: add --seed");
  return {
    seed: seed === undefined ? randomInt(LARGEST) : readInteger("seed", seed, LARGEST),
    callbacks: readPositive("callbacks", callbacks, MOST_CALLBACKS) ?? 1,
    path,
  };
}

/** @throws {UsageError} when it is 0, or no number */
function readPositive(name: string, text: string | undefined, maximum: number): number | undefined {
  if (text === undefined) return undefined;
  const value = readInteger(name, text, maximum);
  if (value > 0) return value;
  throw new UsageError(`--${name} is '${text}': expected at least 1`);
}

function readPlan(draw: Draw): Plan {
  try {
    return drawPlan(draw);
  } catch {
    throw new UsageError(
      `--path is '${draw.path}': expected the path that a failure printed, together with its --seed and --callbacks`,
    );
  }
}

/** The command line without the options that were left out. */
function formatCommand(options: Options): string {
  const { seed, seeds, minutes, callbacks } = options;
  const given = Object.entries({ seed, seeds, minutes, callbacks }).filter(([, value]) => value !== undefined);
  return [`${definition.invocation} --`, ...given.map(([name, value]) => `--${name} ${value}`)].join(" ");
}

async function runOne(
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
  return report(judgement.broken.length === 0 ? [] : [{ draw, judgement }], system, io);
}

/** A seed that broke a promise. */
interface Failure {
  readonly draw: Draw;
  readonly judgement: Judgement;
}

async function runMany(
  { seed, callbacks }: Draw,
  {
    seeds = LARGEST,
    minutes = LONGEST_MINUTES,
  }: { readonly seeds?: number | undefined; readonly minutes?: number | undefined },
  system: SimulatedSystem,
  { stderr }: CommandIo,
): Promise<{ tally: Tally; failures: readonly Failure[] }> {
  const until = performance.now() + minutes * 60_000;
  function* draws(): Iterator<Draw, undefined> {
    for (let next = seed; next < seed + seeds && performance.now() < until; next += 1) yield { seed: next, callbacks };
  }
  const progress = new Progress(stderr);
  const failures: Failure[] = [];
  let tally = NO_TALLY;
  const threads = Math.min(seeds, availableParallelism());
  await judgeAll(draws(), system.stacks, threads, (draw, judgement) => {
    tally = addTallies(tally, judgement.tally);
    if (judgement.broken.length > 0) {
      failures.push({ draw, judgement });
      progress.clear();
      for (const broken of judgement.broken) linePrinter(stderr)(formatBroken(draw, broken));
    }
    progress.show(`${count(tally.seeds, "seed")} from ${seed}, ${count(tally.callbacks, "callback")}`);
  });
  progress.clear();
  return { tally, failures };
}

/**
 * Prints what broke, in the order of the seeds, and the shortest plan that breaks the first promise.
 *
 * @returns the exit code
 */
async function report(failures: readonly Failure[], system: SimulatedSystem, io: CommandIo): Promise<number> {
  const print = linePrinter(io.stdout);
  const [first, ...others] = [...failures].sort((one, other) => one.draw.seed - other.draw.seed);
  if (first === undefined) {
    print("\nEvery promise held.");
    return 0;
  }
  const { draw, judgement } = first;
  for (const broken of judgement.broken) print(`\n${formatBroken(draw, broken)}`);
  for (const other of others.slice(0, MOST_FAILURES)) {
    print(`Seed ${other.draw.seed} breaks: ${other.judgement.broken.map(({ promise }) => promise).join("; ")}`);
  }
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
