import { formatTable } from "../bin/shared/format-table.ts";
import { costPerMillion } from "./cost.ts";
import type { Goal, Measurements } from "./goals.ts";
import { METRICS, type MetricName } from "./measure.ts";
import { OWNERS, type Shares } from "./profile.ts";
import { addedTimes, RELAY_TIMES, type RelaySamples } from "./relaying.ts";
import { REPUBLISH_METRICS, type RepublishSamples, recoveryFromAnHour } from "./republish.ts";
import { HANDLER_MS } from "./runtime/existing-handler.ts";
import { type Summary, summarise } from "./statistics.ts";
import type { StuckCallResult } from "./stuck-calls.ts";
import { SUBJECT_NAMES, SUBJECTS } from "./subjects.ts";

/**
 * Formats the results as text for a terminal: the measurements, then the goals.
 *
 * @param machine one line that describes the machine
 */
export function formatReport(machine: string, measurements: Measurements, goals: readonly Goal[]): string {
  const details = [formatProfile(measurements.shares), formatStuckCalls(measurements.stuckCalls)];
  return [machine, ...formatFunctions(measurements), ...details, formatGoals(goals)].join("\n\n");
}

/** Formats the results for `docs/performance.md`: the functions, and the goals, which summarise the rest. */
export function formatSummary(machine: string, measurements: Measurements, goals: readonly Goal[]): string {
  return [machine, ...formatFunctions(measurements), formatGoals(goals)].join("\n\n");
}

function formatFunctions(measurements: Measurements): string[] {
  const { republishing, relaying } = measurements;
  return [formatComparison(measurements), formatRepublishing(republishing), formatRelaying(relaying)];
}

function formatComparison({ subjects, samples }: Measurements): string {
  const metrics = (Object.keys(METRICS) as MetricName[]).map((metric) => [
    METRICS[metric],
    ...SUBJECT_NAMES.map((name) => formatSamples(samples[name][metric])),
  ]);
  const sizes = (key: "bytes" | "zippedBytes") =>
    SUBJECT_NAMES.map((name) => withThousands(subjects.find((subject) => subject.name === name)?.[key]));
  const costs = SUBJECT_NAMES.map((name) =>
    name === "noOp" || name === "rawPost" ? "" : costPerMillion(name, samples[name], "fifo").toFixed(2),
  );
  return formatTable([
    ["median (quartiles)", ...SUBJECT_NAMES.map((name) => SUBJECTS[name])],
    ...metrics,
    ["bundle, bytes", ...sizes("bytes")],
    ["bundle, zipped, bytes", ...sizes("zippedBytes")],
    ["a million events, FIFO queue, $", ...costs],
  ]);
}

function formatRepublishing(samples: RepublishSamples): string {
  const { eventsPerSecond, rate, concurrency, hours } = recoveryFromAnHour(samples);
  const metrics = (Object.keys(REPUBLISH_METRICS) as (keyof RepublishSamples)[]).map((metric) => [
    REPUBLISH_METRICS[metric],
    formatSamples(samples[metric]),
  ]);
  return formatTable([
    ["republishing", ""],
    ...metrics,
    ["events a second, per environment", eventsPerSecond.toFixed(0)],
    [
      `an hour's outage at ${withThousands(rate)} a second: hours to recover, ${concurrency} environments`,
      hours.toFixed(1),
    ],
  ]);
}

function formatRelaying(samples: RelaySamples): string {
  const times = (Object.keys(RELAY_TIMES) as (keyof typeof RELAY_TIMES)[]).map((time) => [
    RELAY_TIMES[time],
    formatSamples(samples[time]),
  ]);
  const cpuShare = summarise(samples.cpuShare).median.toFixed(0);
  return formatTable([
    [`relaying to a handler that takes ${HANDLER_MS} ms, with ${cpuShare} % of a CPU after INIT`, ""],
    ...times,
    ["added to the handler's p50, ms", formatSamples(addedTimes(samples, "P50"))],
    ["added to the handler's p99, ms", formatSamples(addedTimes(samples, "P99"))],
  ]);
}

function formatProfile(profiles: readonly Shares[]): string {
  const rows = (Object.keys(OWNERS) as (keyof Shares)[]).map((owner) => [
    OWNERS[owner],
    formatSamples(profiles.map((shares) => shares[owner] * 100)),
  ]);
  return formatTable([["CPU time of a warm event by owner, %", ""], ...rows]);
}

function formatStuckCalls(results: readonly StuckCallResult[]): string {
  const rows = results.map(({ name, statuses, times, logged, earliestMs, latestMs, held }) => [
    name,
    [...new Set(statuses)].join(),
    logged.length > 0 ? Math.max(...logged).toFixed(0) : "",
    `${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}`,
    earliestMs > 0 ? `${earliestMs} to ${latestMs}` : `${latestMs}`,
    formatVerdict(held),
  ]);
  return formatTable([["fault in AWS", "reply", "logged after ms", "replied after ms", "limit", ""], ...rows]);
}

function formatGoals(goals: readonly Goal[]): string {
  const rows = goals.map(({ name, unit, measured, limit, held }) => [
    name,
    formatMeasured(measured, unit),
    `${withThousands(limit)} ${unit}`.trimEnd(),
    formatVerdict(held),
  ]);
  return formatTable([["goal", "measured (quartiles)", "limit", ""], ...rows]);
}

function formatVerdict(isMet: boolean): string {
  return isMet ? "met" : "MISSED";
}

function formatSamples(samples: readonly number[] | undefined): string {
  if (samples === undefined || samples.length === 0) return "not measured";
  const { median, quartiles } = summarise(samples);
  const digits = median < 10 ? 2 : median < 100 ? 1 : 0;
  return `${median.toFixed(digits)} (${quartiles.map((value) => value.toFixed(digits)).join("–")})`;
}

function formatMeasured({ median, quartiles }: Summary, unit: Goal["unit"]): string {
  if (unit === "bytes") return withThousands(median);
  const digits = { "×": 2, $: 2, "%": 1, MB: 1, ms: median < 10 ? 2 : 0, "": 0 }[unit];
  const [low, middle, high] = [quartiles[0], median, quartiles[1]].map((value) => value.toFixed(digits));
  return low === high ? `${middle}` : `${middle} (${low}–${high})`;
}

function withThousands(value: number | undefined): string {
  return value?.toLocaleString("en-US") ?? "";
}
