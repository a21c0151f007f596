import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { UsageError } from "../../bin/shared/command.ts";
import type { Tally } from "../seeds/tally.ts";

/** The file that the results are written to; `npm run generate` puts them into `docs/reliability.md`. */
const RESULTS = join(import.meta.dirname, "../results.json");

/** A simulation of several seeds. */
export interface SimulationRun {
  readonly command: string;
  /** The commit whose code ran. */
  readonly commit: string;
  readonly seconds: number;
  readonly tally: Tally;
}

/** Writes the results. */
export async function writeResults({ command, commit, seconds, tally }: SimulationRun): Promise<void> {
  const conditions = { command, date: new Date().toISOString(), commit, node: process.versions.node };
  await writeFile(
    RESULTS,
    `${JSON.stringify({ ...conditions, seconds: Math.round(seconds), ...tally }, undefined, 2)}\n`,
  );
}

/**
 * Reads the commit that is checked out.
 *
 * @param folder in the repository
 * @throws {UsageError} when files differ from it, other than the results; or when there is none
 */
export async function readCommit(folder = import.meta.dirname): Promise<string> {
  const git = async (...argv: string[]) => (await promisify(execFile)("git", argv, { cwd: folder })).stdout.trim();
  const outside = () => {
    throw new UsageError("--write records the commit that ran: expected a clone of the repository with git");
  };
  const commit = await git("rev-parse", "HEAD").catch(outside);
  const changes = await git("status", "--porcelain", "--", ":/", ":(exclude,top)simulation/results.json");
  if (changes === "") return commit;
  throw new UsageError("--write records the commit that ran: commit or stash your changes first");
}
