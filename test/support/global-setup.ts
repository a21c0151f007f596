import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFunctions } from "../../bin/build/build-functions.ts";

/**
 * Before all tests, builds the functions' bundles, and gives the tests and their processes a folder for temporary files.
 *
 * @returns removes the folder after all tests
 */
export async function setup(): Promise<() => Promise<void>> {
  await buildFunctions();
  const folder = await mkdtemp(join(tmpdir(), "tencent-chat-events-tests-"));
  process.env["TMPDIR"] = folder;
  return () => rm(folder, { recursive: true, force: true });
}
