import { buildFunctions } from "../../lib/build-functions.ts";

/** Builds the functions' bundles once, before all tests. */
export async function setup(): Promise<void> {
  await buildFunctions();
}
