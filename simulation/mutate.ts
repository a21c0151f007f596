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
import { MUTATIONS } from "./mutations/index.ts";
import type { Catch, Hunt, Mutation } from "./mutations/mutation.ts";
import { writeResults } from "./mutations/results.ts";
import { Progress } from "./report/progress.ts";
import type { Stacks } from "./seeds/judge.ts";
import { workThrough } from "./seeds/pool.ts";
import { readSystem } from "./seeds/read-system.ts";

export const definition = {
  invocation: "npm run simulate:mutations",
  summary:
    "Breaks the functions in one place after the other, and simulates with each mutation until a promise is violated. Exits with " +
    "0 if that happens with every mutation.",
  options: {
    seeds: { value: "N", default: "200", meaning: "How many seeds to simulate with each mutation at most." },
    mutation: { value: "TEXT", meaning: "Takes only mutations whose name contains the text." },
    write: { meaning: "Records the results, which the documentation and `npm test` read." },
  },
  example: 'npm run simulate:mutations -- --mutation "skips standby"',
} as const satisfies CommandDefinition;

export const main = toMain(definition, simulateMutations);

async function simulateMutations(options: OptionValues<typeof definition>, io: CommandIo): Promise<number> {
  const { mutation: text = "", write } = options;
  const seeds = readInteger("seeds", options.seeds);
  const mutations = MUTATIONS.filter(({ name }) => name.includes(text));
  if (mutations.length === 0) throw new UsageError(`--mutation is '${text}': expected a part of a mutation's name`);
  if (write && text !== "") throw new UsageError("--write needs the results of all mutations: leave --mutation out");
  await buildFunctions();
  const { stacks } = await readSystem();
  const results = await huntAll(mutations, seeds, stacks, new Progress(io.stderr));
  const print = linePrinter(io.stdout);
  for (const line of formatResults(results)) print(line);
  const survivors = results.filter(({ seed }) => seed === undefined);
  print(`\n${count(results.length, "mutation")}, ${count(survivors.length, "survivor")} after ${count(seeds, "seed")}`);
  if (write) await writeResults(results);
  return survivors.length === 0 ? 0 : 1;
}

/** Hunts mutations on all cores. */
async function huntAll(
  mutations: readonly Mutation[],
  seeds: number,
  stacks: Stacks,
  progress: Progress,
): Promise<Catch[]> {
  const results = new Map<string, Catch>();
  const hunts = mutations.map((mutation): Hunt => ({ mutation, seeds })).values();
  const threads = Math.min(availableParallelism(), mutations.length);
  const module = new URL("./mutations/worker.ts", import.meta.url);
  await workThrough<Hunt, Catch>(hunts, module, stacks, threads, ({ mutation: { name } }, result) => {
    results.set(name, result);
    progress.show(`${results.size} of ${mutations.length}: ${name}`);
  });
  progress.clear();
  return mutations.flatMap(({ name }) => results.get(name) ?? []);
}

function formatResults(results: readonly Catch[]): string[] {
  const width = Math.max(...results.map(({ mutation }) => mutation.length));
  return results.map(({ mutation, promise = "survives", seed = "" }) =>
    `${mutation.padEnd(width)}  ${String(seed).padStart(5)}  ${promise}`.trimEnd(),
  );
}
