import { costPerMillion } from "./cost.ts";
import type { MetricName, Samples } from "./measure.ts";
import type { Shares } from "./profile.ts";
import { addedTimes, type RelaySamples } from "./relaying.ts";
import type { RepublishSamples } from "./republish.ts";
import { ratios, type Summary, summarise } from "./statistics.ts";
import { STUCK_CALL_GOALS, type StuckCallGoal, type StuckCallResult } from "./stuck-calls.ts";
import type { Subject, SubjectName } from "./subjects.ts";

/** The results of all measurements. */
export interface Measurements {
  readonly subjects: readonly Pick<Subject, "name" | "bytes" | "zippedBytes">[];
  readonly samples: Readonly<Record<SubjectName, Samples>>;
  /** One profile per round. */
  readonly shares: readonly Shares[];
  readonly stuckCalls: readonly StuckCallResult[];
  readonly republishing: RepublishSamples;
  readonly relaying: RelaySamples;
}

/** An upper limit, and the measured value. */
export interface Goal {
  readonly name: string;
  readonly unit: "×" | "%" | "bytes" | "MB" | "ms" | "$" | "";
  readonly measured: Summary;
  readonly limit: number;
  /** Whether the goal was met. */
  readonly held: boolean;
}

/** Compares the measurements with their limits. */
export function checkGoals({ subjects, samples, shares, stuckCalls, relaying }: Measurements): Goal[] {
  const ours = subjects.find(({ name }) => name === "ours");
  const relativeTo = (base: SubjectName, metric: MetricName) =>
    ratios(samples.ours[metric] ?? [], samples[base][metric] ?? []);
  const ownShare = shares.map(({ own }) => own * 100);
  const memory = samples.ours.earlyMemory?.map((peak, round) => peak - (samples.noOp.earlyMemory?.[round] ?? 0)) ?? [];
  return [
    atMost(2.2, "×", "cold start: CPU relative to a no-op (aim: 2.0)", relativeTo("noOp", "coldCpu")),
    atMost(1.7, "×", "first event after INIT: CPU relative to a no-op", relativeTo("noOp", "firstCpu")),
    atMost(1.9, "×", "warm event: CPU relative to a raw POST", relativeTo("rawPost", "warmCpu")),
    atMost(5, "%", "warm event: share of our own code", ownShare),
    // These catch accidents; users notice CPU, memory and money.
    atMost(48 * 1024, "bytes", "bundle", [ours?.bytes ?? Number.NaN]),
    atMost(20 * 1024, "bytes", "bundle, zipped", [ours?.zippedBytes ?? Number.NaN]),
    atMost(10, "MB", "peak memory in 10 events, minus a no-op's", memory),
    checkStuckCalls(stuckCalls, "stuck"),
    checkStuckCalls(stuckCalls, "refused"),
    checkStuckCalls(stuckCalls, "destination"),
    checkStuckCalls(stuckCalls, "both"),
    atMost(2, "ms", "relaying to a handler: time added to the median", addedTimes(relaying, "P50")),
    atMost(0, "", "relaying to a handler: connections opened after INIT", [Math.max(...relaying.lateConnections)]),
    atMost(1.8, "$", "a million events, FIFO queue", [costPerMillion("ours", samples.ours, "fifo")]),
    atMost(1.8, "$", "a million events, standard queue", [costPerMillion("ours", samples.ours, "fair")]),
    atMost(1.7, "$", "a million events, standard queue, not fair", [costPerMillion("ours", samples.ours, "standard")]),
  ];
}

function atMost(limit: number, unit: Goal["unit"], name: string, values: readonly number[]): Goal {
  const measured = summarise(values);
  return { name, unit, measured, limit, held: measured.median <= limit };
}

/** Every reply counts, so the slowest one is compared. */
function checkStuckCalls(results: readonly StuckCallResult[], which: StuckCallGoal): Goal {
  const cases = results.filter(({ goal }) => goal === which);
  return {
    name: `${STUCK_CALL_GOALS[which]}: slowest reply`,
    unit: "ms",
    measured: summarise([Math.max(...cases.flatMap(({ times }) => times))]),
    limit: Math.min(...cases.map(({ latestMs }) => latestMs)),
    held: cases.every(({ held }) => held),
  };
}
