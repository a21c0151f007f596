import { callbackEvent } from "./callbacks.ts";
import { withCpuQuota } from "./runtime/cpu-quota.ts";
import { type InvocationResult, LambdaRuntime, type LambdaRuntimeOptions } from "./runtime/lambda-runtime.ts";
import { shuffle } from "./statistics.ts";
import type { Subject, SubjectName } from "./subjects.ts";

/** Events in a warm run: first those that are not measured, then those that are. */
const WARM_UP_EVENTS = 100;
const WARM_EVENTS = 1_000;
const CONCURRENCY = 32;

/** What is measured of a function, with labels for tables. Times are in milliseconds, memory is in MB. */
export const METRICS = {
  coldCpu: "cold start to first reply: CPU, ms",
  coldWall: "cold start to first reply, ms",
  firstCpu: "first event after INIT: CPU, ms",
  firstWallAtShare: "first event at 256 MB's CPU share, ms",
  earlyCpu: "events 2 to 10: CPU per event, ms",
  warmCpu: "warm event: CPU, ms",
  warmWall: "warm event, ms",
  concurrentCpu: `warm, ${CONCURRENCY} at a time: CPU per event, ms`,
  concurrentWall: `warm, ${CONCURRENCY} at a time: time per event, ms`,
  logBytes: "log per event, bytes",
  earlyMemory: "peak memory in 10 events, MB",
  peakMemory: `peak memory in ${WARM_UP_EVENTS + WARM_EVENTS} events, MB`,
} as const;

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;

/** The samples of one subject: one per round. */
export type Samples = Partial<Record<MetricName, number[]>>;

type Measurement = Partial<Record<MetricName, number>>;

/** How often each subject is started for each kind of measurement. */
export interface Rounds {
  readonly cold: number;
  readonly atShare: number;
  readonly warm: number;
  readonly concurrent: number;
}

/**
 * Measures all subjects one after the other, in a random order in each round.
 *
 * @param onProgress called with a description of each round
 */
export async function measureAll(
  subjects: readonly Subject[],
  rounds: Rounds,
  onProgress: (text: string) => void,
): Promise<Record<SubjectName, Samples>> {
  const samples: Record<SubjectName, Samples> = { ours: {}, noOp: {}, rawPost: {}, textbook: {}, fullStack: {} };
  const measurements: [string, number, (subject: Subject) => Promise<Measurement>][] = [
    ["cold", rounds.cold, measureCold],
    ["cold, with a CPU quota", rounds.atShare, measureAtShare],
    ["warm", rounds.warm, measureWarm],
    [`${CONCURRENCY} at a time`, rounds.concurrent, measureConcurrent],
  ];
  for (const [description, count, measure] of measurements) {
    for (let round = 1; round <= count; round += 1) {
      onProgress(`${description}: round ${round} of ${count}`);
      for (const subject of shuffle(subjects)) record(samples[subject.name], await measure(subject));
    }
  }
  return samples;
}

function record(samples: Samples, measurement: Measurement): void {
  for (const [metric, value] of Object.entries(measurement) as [MetricName, number][]) {
    samples[metric] = [...(samples[metric] ?? []), value];
  }
}

async function measureCold(subject: Subject): Promise<Measurement> {
  const startedAt = performance.now();
  return runSubject(subject, {}, async (runtime, initCpu) => {
    const first = await invoke(runtime);
    const coldWall = performance.now() - startedAt;
    let last = first;
    for (let count = 2; count <= 10; count += 1) last = await invoke(runtime);
    const earlyCpu = (last.cpu - first.cpu) / 9;
    const earlyMemory = await runtime.peakMemory();
    return { coldCpu: first.cpu, coldWall, firstCpu: first.cpu - initCpu, earlyCpu, earlyMemory };
  });
}

/** As on Lambda, INIT has a whole CPU; the event has the share that goes with the memory. */
async function measureAtShare(subject: Subject): Promise<Measurement> {
  return runSubject(subject, {}, async (runtime) => {
    const wall = await withCpuQuota(runtime.pid, async () => (await invoke(runtime)).wall);
    return wall === undefined ? {} : { firstWallAtShare: wall };
  });
}

async function measureWarm(subject: Subject): Promise<Measurement> {
  return runSubject(subject, {}, async (runtime) => {
    let before = await invoke(runtime);
    for (let count = 1; count < WARM_UP_EVENTS; count += 1) before = await invoke(runtime);
    let after = before;
    const startedAt = performance.now();
    for (let count = 0; count < WARM_EVENTS; count += 1) after = await invoke(runtime);
    const warmWall = (performance.now() - startedAt) / WARM_EVENTS;
    return {
      warmCpu: (after.cpu - before.cpu) / WARM_EVENTS,
      warmWall,
      logBytes: runtime.outputBytes / (WARM_UP_EVENTS + WARM_EVENTS),
      peakMemory: await runtime.peakMemory(),
    };
  });
}

async function measureConcurrent(subject: Subject): Promise<Measurement> {
  return runSubject(subject, { concurrency: CONCURRENCY }, async (runtime) => {
    const burst = (count: number) => Promise.all(Array.from({ length: count }, () => invoke(runtime)));
    const before = Math.max(...(await burst(10 * CONCURRENCY)).map(({ cpu }) => cpu));
    const startedAt = performance.now();
    const after = Math.max(...(await burst(WARM_EVENTS)).map(({ cpu }) => cpu));
    const concurrentWall = (performance.now() - startedAt) / WARM_EVENTS;
    return { concurrentCpu: (after - before) / WARM_EVENTS, concurrentWall };
  });
}

/**
 * Runs a function in a new process while it is measured.
 *
 * @param measure called once the function is initialised, with the milliseconds of CPU that took
 */
export async function runSubject<Result>(
  { bundle, environment }: Pick<Subject, "bundle" | "environment">,
  options: Pick<LambdaRuntimeOptions, "concurrency">,
  measure: (runtime: LambdaRuntime, initCpu: number) => Promise<Result>,
): Promise<Result> {
  const runtime = new LambdaRuntime({ bundle, environment, ...options });
  try {
    return await measure(runtime, await runtime.start());
  } finally {
    await runtime.stop();
  }
}

/**
 * Invokes a function.
 *
 * @throws {Error} unless it replies with a 200
 */
export async function invoke(runtime: LambdaRuntime, event: object = callbackEvent()): Promise<InvocationResult> {
  const result = await runtime.invoke(event);
  const { statusCode } = result.reply as { statusCode?: number };
  if (statusCode !== 200) throw new Error(`The function replied ${JSON.stringify(result.reply)}: expected a 200`);
  return result;
}
