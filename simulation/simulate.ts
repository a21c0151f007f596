import { randomInt } from "node:crypto";
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
import type { Plan } from "./plan.ts";
import { formatTally } from "./report/report.ts";
import { readCommit, writeResults } from "./report/results.ts";
import { type Draw, drawPlan } from "./seeds/judge.ts";
import { readSystem } from "./seeds/read-system.ts";
import { type Extent, reportFailures, runSeed, runSeeds } from "./seeds/run-seeds.ts";

/** fast-check's seeds are 32-bit integers. The sum of the first seed and the number of seeds is one. */
const LARGEST = 2 ** 30 - 1;
const MOST_CALLBACKS = 1_000_000;
const LONGEST_MINUTES = 7 * 24 * 60;

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
  const extent = readExtent(options);
  if (extent && (options.trace || options.path !== undefined))
    throw new UsageError("--trace and --path need one seed: leave out --seeds and --minutes");
  if (!extent && options.write) throw new UsageError("--write needs several seeds: add --seeds or --minutes");
  const plan = readPlan(draw);
  const commit = options.write ? await readCommit() : undefined;
  await buildFunctions();
  const system = await readSystem();
  if (!extent) return runSeed(draw, plan, options.trace, system, io);

  const startedAt = performance.now();
  const { tally, failures } = await runSeeds(draw, extent, system, io);
  const seconds = (performance.now() - startedAt) / 1000;
  linePrinter(io.stdout)(formatTally(tally));
  const rate = count(Math.round(tally.callbacks / seconds), "callback");
  io.stderr.write(`${count(tally.seeds, "seed")} in ${Math.round(seconds)} s: ${rate} a second\n`);
  if (commit !== undefined) await writeResults({ command: formatCommand(options, draw), commit, seconds, tally });
  return reportFailures(failures, system, io);
}

function readDraw({ seed, callbacks, path }: Options): Draw {
  if (path !== undefined && seed === undefined)
    throw new UsageError("--path needs the seed that it belongs to: add --seed");
  return {
    seed: seed === undefined ? randomInt(LARGEST) : readInteger("seed", seed, LARGEST),
    callbacks: readPositive("callbacks", callbacks, MOST_CALLBACKS),
    path,
  };
}

/** @returns `undefined` for a single seed */
function readExtent({ seeds, minutes }: Options): Extent | undefined {
  if (seeds === undefined && minutes === undefined) return undefined;
  return {
    seeds: seeds === undefined ? Number.POSITIVE_INFINITY : readPositive("seeds", seeds, LARGEST),
    minutes: minutes === undefined ? Number.POSITIVE_INFINITY : readPositive("minutes", minutes, LONGEST_MINUTES),
  };
}

/** @throws {UsageError} when it is 0, or no number */
function readPositive(name: string, text: string, maximum: number): number {
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

/** The command line that runs the same seeds again, if they are not limited by time. */
function formatCommand({ seeds, minutes, callbacks }: Options, { seed }: Draw): string {
  const given = Object.entries({ seed, seeds, minutes, callbacks }).filter(([, value]) => value !== undefined);
  return [`${definition.invocation} --`, ...given.map(([name, value]) => `--${name} ${value}`)].join(" ");
}
