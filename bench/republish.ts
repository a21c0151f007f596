import { ASSUMPTIONS } from "../bin/shared/callback-cost.ts";
import { MEMORY_PER_CPU_MB } from "../bin/shared/prices.ts";
import { BATCH_SIZE, DEFAULT_CONCURRENCY } from "../functions/republish/pace.ts";
import { bundleFile } from "../lib/bundles.ts";
import { CONSTRUCT_SETTINGS } from "../lib/settings.ts";
import { standbyBatch } from "./callbacks.ts";
import { runSubject } from "./measure.ts";
import { withCpuQuota } from "./runtime/cpu-quota.ts";
import { type LambdaRuntime, MEMORY_SIZE_MB } from "./runtime/lambda-runtime.ts";
import { summarise } from "./statistics.ts";
import type { Subject } from "./subjects.ts";

/** Batches in a run: first those that are not measured, then those that are. */
const WARM_UP_BATCHES = 100;
const BATCHES = 150;

/** Lambda receives a batch, the function sends its events at the same time, and Lambda deletes the batch. */
const CALLS_IN_TURN = 3;

/** The measurements of the republish function, with labels for tables. */
export const REPUBLISH_METRICS = {
  cpu: `batch of ${BATCH_SIZE} events: CPU, ms`,
  wallAtShare: `batch of ${BATCH_SIZE} events at 256 MB's CPU share, ms`,
} as const;

/** One value per run. */
export type RepublishSamples = Readonly<Record<keyof typeof REPUBLISH_METRICS, readonly number[]>>;

/**
 * Measures the republish function while the destination works.
 *
 * @param callback the callback function, whose variables it shares
 * @param rounds how many runs to make
 * @param onProgress called with a description of each round
 */
export async function measureRepublishing(
  { environment }: Pick<Subject, "environment">,
  rounds: number,
  onProgress: (text: string) => void,
): Promise<RepublishSamples> {
  const samples = { cpu: [] as number[], wallAtShare: [] as number[] };
  for (let round = 1; round <= rounds; round += 1) {
    onProgress(`republish: round ${round} of ${rounds}`);
    await runSubject({ bundle: bundleFile("republish"), environment }, {}, async (runtime) => {
      await republish(runtime, WARM_UP_BATCHES);
      samples.cpu.push((await republish(runtime, BATCHES)).cpu);
      const atShare = await withCpuQuota(runtime.pid, () => republish(runtime, BATCHES));
      if (atShare) samples.wallAtShare.push(atShare.wall);
    });
  }
  return samples;
}

/** Republishes batches, one after the other. Returns the mean milliseconds of a batch. */
async function republish(runtime: LambdaRuntime, batches: number): Promise<{ cpu: number; wall: number }> {
  // The CPU time so far comes with a reply, so the first batch is not measured.
  const first = await republishBatch(runtime);
  let [cpu, wall] = [first.cpu, 0];
  for (let count = 0; count < batches; count += 1) {
    const result = await republishBatch(runtime);
    cpu = result.cpu;
    wall += result.wall;
  }
  return { cpu: (cpu - first.cpu) / batches, wall: wall / batches };
}

async function republishBatch(runtime: LambdaRuntime) {
  const result = await runtime.invoke(standbyBatch());
  const { batchItemFailures } = result.reply as { batchItemFailures?: readonly unknown[] };
  if (batchItemFailures?.length !== 0) {
    throw new Error(`The function replied ${JSON.stringify(result.reply)}: expected that no message stays`);
  }
  return result;
}

/** How fast standby empties once the destination works again. */
export interface Recovery {
  /** Events that one environment republishes a second. */
  readonly eventsPerSecond: number;
  /** Callbacks a second during the outage: the default throttle. */
  readonly rate: number;
  /** Environments: the default. */
  readonly concurrency: number;
  /** Until an hour's events are republished. */
  readonly hours: number;
}

/**
 * Derives the time to recover from an hour's outage. Assumes that Lambda does not overlap its own calls with the function,
 * and that the destination takes events at that rate.
 *
 * @param samples those at the share of a CPU; without them, a share of a CPU is taken to prolong the work accordingly
 */
export function recoveryFromAnHour({ cpu, wallAtShare }: RepublishSamples): Recovery {
  const batch =
    wallAtShare.length > 0
      ? summarise(wallAtShare).median
      : (summarise(cpu).median * MEMORY_PER_CPU_MB) / MEMORY_SIZE_MB;
  const eventsPerSecond = (BATCH_SIZE * 1000) / (batch + CALLS_IN_TURN * ASSUMPTIONS.sqsMilliseconds);
  const rate = CONSTRUCT_SETTINGS.throttle.default.rateLimit;
  return {
    eventsPerSecond,
    rate,
    concurrency: DEFAULT_CONCURRENCY,
    hours: rate / (eventsPerSecond * DEFAULT_CONCURRENCY),
  };
}
