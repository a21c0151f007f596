import { readFile } from "node:fs/promises";
import type { FunctionUsage } from "../shared/callback-cost.ts";
import type { RelayLatency } from "./latency-table.ts";

/** The results of `npm run bench` that the documentation states. */
export interface BenchResults {
  /** What the callback function uses for one event. */
  readonly usage: FunctionUsage;
  /** How many events one environment republishes a second. */
  readonly recovery: { readonly eventsPerSecond: number };
  /** How long before-callbacks take with an existing handler. */
  readonly relayLatency: RelayLatency;
}

const RESULTS = new URL("../../bench/results.json", import.meta.url);

/** Reads `bench/results.json`, which `npm run bench` wrote last. */
export async function readBenchResults(): Promise<BenchResults> {
  return JSON.parse(await readFile(RESULTS, "utf8")) as BenchResults;
}
