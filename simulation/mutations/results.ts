import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Catch } from "./mutation.ts";

const FILE = join(import.meta.dirname, "../mutation-results.json");

/** The command that records the results again. */
export const RECORD = "npm run simulate:mutations -- --write";

/** Reads the recorded results, by the mutation's name. */
export async function readResults(): Promise<ReadonlyMap<string, Catch>> {
  const results = JSON.parse(await readFile(FILE, "utf8")) as readonly Catch[];
  return new Map(results.map((result) => [result.mutation, result]));
}

/** Records results, for the documentation and for the seeds of `npm test`. */
export async function writeResults(results: readonly Catch[]): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(results, undefined, 2)}\n`);
}
