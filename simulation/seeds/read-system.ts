import { readBundles } from "../run.ts";
import { readStack } from "../stack.ts";
import type { SimulatedSystem } from "./judge.ts";

/** Synthesises the stacks and reads the bundles. Needs the bundles. */
export async function readSystem(): Promise<SimulatedSystem> {
  const stacks = { fifo: await readStack("fifo"), standard: await readStack("standard"), bus: await readStack("bus") };
  return { stacks, bundles: await readBundles() };
}
