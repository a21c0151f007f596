import type { RelayLatency } from "../bin/generate/latency-table.ts";
import { MEMORY_PER_CPU_MB } from "../bin/shared/prices.ts";
import { messageEvent } from "./callbacks.ts";
import { invoke, runSubject } from "./measure.ts";
import { withCpuQuota } from "./runtime/cpu-quota.ts";
import { type ExistingHandler, HANDLER_MS, REJECTION } from "./runtime/existing-handler.ts";
import { type LambdaRuntime, MEMORY_SIZE_MB } from "./runtime/lambda-runtime.ts";
import { quantile, summarise } from "./statistics.ts";
import type { Subject } from "./subjects.ts";

/** Callbacks in a run, to the handler alone and through the function: first those that are not measured, then those that are. */
const WARM_UP_CALLBACKS = 30;
const CALLBACKS = 100;

/** The times of before-callbacks that are measured, in milliseconds, with labels for tables. */
export const RELAY_TIMES = {
  aloneP50: "handler alone: p50, ms",
  aloneP99: "handler alone: p99, ms",
  relayedP50: "through this project: p50, ms",
  relayedP99: "through this project: p99, ms",
  firstWall: "through this project: first callback after INIT, ms",
  coldWall: "through this project: cold start to first reply, ms",
} as const;

/** The measurements of one run. */
interface RelayRun extends Readonly<Record<keyof typeof RELAY_TIMES, number>> {
  /** How many connections to the handler the function opened after INIT. */
  readonly lateConnections: number;
  /** The function's share of a CPU after INIT, in percent. */
  readonly cpuShare: number;
}

/** One value per run. */
export type RelaySamples = { readonly [Metric in keyof RelayRun]: readonly number[] };

/**
 * Measures before-callbacks that go to an existing handler through the function, and alternately to the handler alone. As on
 * Lambda, INIT has a whole CPU; callbacks have the share that goes with the memory, if this machine can limit CPU time.
 *
 * @param callback the callback function, without a handler
 * @param rounds how many runs to make
 * @param onProgress called with a description of each round
 */
export async function measureRelaying(
  { bundle, environment }: Pick<Subject, "bundle" | "environment">,
  handler: ExistingHandler,
  rounds: number,
  onProgress: (text: string) => void,
): Promise<RelaySamples> {
  const subject = { bundle, environment: { ...environment, RELAY_URL: handler.url } };
  // Opens a connection, which must not count as the function's.
  await postAlone(handler);
  const runs: RelayRun[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    onProgress(`relay: round ${round} of ${rounds}`);
    const startedAt = performance.now();
    await runSubject(subject, {}, async (runtime) => {
      const initWall = performance.now() - startedAt;
      const measureAt = (cpuShare: number) => measureRun(runtime, handler, initWall, cpuShare);
      const atShare = await withCpuQuota(runtime.pid, () => measureAt((100 * MEMORY_SIZE_MB) / MEMORY_PER_CPU_MB));
      runs.push(atShare ?? (await measureAt(100)));
    });
  }
  const metrics = Object.keys(runs[0] ?? {}) as (keyof RelayRun)[];
  const samples = metrics.map((metric) => [metric, runs.map((run) => run[metric])] as const);
  return Object.fromEntries<readonly number[]>(samples) as RelaySamples;
}

async function measureRun(
  runtime: LambdaRuntime,
  handler: ExistingHandler,
  initWall: number,
  cpuShare: number,
): Promise<RelayRun> {
  const connectionsInInit = await handler.connections();
  const firstWall = await relay(runtime);
  const [alone, relayed]: [number[], number[]] = [[], []];
  for (let count = 0; count < WARM_UP_CALLBACKS + CALLBACKS; count += 1) {
    alone.push(await postAlone(handler));
    relayed.push(await relay(runtime));
  }
  alone.splice(0, WARM_UP_CALLBACKS);
  relayed.splice(0, WARM_UP_CALLBACKS);
  return {
    aloneP50: quantile(alone, 0.5),
    aloneP99: quantile(alone, 0.99),
    relayedP50: quantile(relayed, 0.5),
    relayedP99: quantile(relayed, 0.99),
    firstWall,
    coldWall: initWall + firstWall,
    lateConnections: (await handler.connections()) - connectionsInInit,
    cpuShare,
  };
}

async function postAlone(handler: ExistingHandler): Promise<number> {
  const { rawQueryString, body } = messageEvent();
  const startedAt = performance.now();
  await handler.post(rawQueryString, body);
  return performance.now() - startedAt;
}

async function relay(runtime: LambdaRuntime): Promise<number> {
  const { reply, wall } = await invoke(runtime, messageEvent());
  const { body } = reply as { readonly body: string };
  if (body !== REJECTION) throw new Error(`The function replied ${body}: expected the handler's reply, ${REJECTION}`);
  return wall;
}

/**
 * Compares the times through the function with those of the handler alone: medians of the runs. Differences are those of the same
 * run, which cancels out changes in the machine's speed.
 */
export function relayLatency(samples: RelaySamples): RelayLatency {
  const median = (metric: keyof RelaySamples) => summarise(samples[metric]).median;
  return {
    handlerMs: HANDLER_MS,
    cpuShare: median("cpuShare"),
    alone: { p50: median("aloneP50"), p99: median("aloneP99") },
    relayed: { p50: median("relayedP50"), p99: median("relayedP99") },
    added: {
      p50: summarise(addedTimes(samples, "P50")).median,
      p99: summarise(addedTimes(samples, "P99")).median,
    },
    coldStart: median("coldWall"),
  };
}

/** The milliseconds that the function adds to a percentile, by run. */
export function addedTimes(samples: RelaySamples, percentile: "P50" | "P99"): number[] {
  return samples[`relayed${percentile}`].map((time, run) => time - (samples[`alone${percentile}`][run] ?? Number.NaN));
}
