import { cost, type Goal, type Measurements } from "./goals.ts";
import { METRICS, type MetricName } from "./measure.ts";
import { OWNERS, type Shares } from "./profile.ts";
import { type Summary, summarise } from "./statistics.ts";
import { SUBJECT_NAMES, SUBJECTS } from "./subjects.ts";

/**
 * The results as text for a terminal: what was measured, then a verdict for each number to hold.
 *
 * @param machine a line that says where
 */
export function report(machine: string, measurements: Measurements, goals: readonly Goal[]): string {
  const { subjects, samples, shares, stuckCalls } = measurements;
  const comparison: string[][] = [["median (quartiles)", ...SUBJECT_NAMES.map((name) => SUBJECTS[name])]];
  for (const metric of Object.keys(METRICS) as MetricName[]) {
    const cells = SUBJECT_NAMES.map((name) => format(samples[name][metric]));
    comparison.push([METRICS[metric], ...cells]);
  }
  const size = (key: "bytes" | "zippedBytes") =>
    SUBJECT_NAMES.map((name) => thousands(subjects.find((subject) => subject.name === name)?.[key]));
  comparison.push(["bundle, bytes", ...size("bytes")], ["bundle, zipped, bytes", ...size("zippedBytes")]);
  const costs = SUBJECT_NAMES.map((name) =>
    name === "noOp" || name === "rawPost" ? "" : cost(name, samples[name], "fifo").toFixed(2),
  );
  comparison.push(["a million events, FIFO queue, $", ...costs]);

  const profile = (Object.keys(OWNERS) as (keyof Shares)[]).map((owner) => [
    OWNERS[owner],
    format(shares.map((share) => share[owner] * 100)),
  ]);
  const stuck = stuckCalls.map(({ name, statuses, times, logged, earliestMs, latestMs, held }) => [
    name,
    [...new Set(statuses)].join(),
    logged.length > 0 ? Math.max(...logged).toFixed(0) : "",
    `${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}`,
    earliestMs > 0 ? `${earliestMs} to ${latestMs}` : `${latestMs}`,
    held ? "held" : "MISSED",
  ]);
  const verdicts = goals.map(({ name, unit, measured, limit, held }) => [
    name,
    quantity(measured, unit),
    `${thousands(limit)} ${unit}`,
    held ? "held" : "MISSED",
  ]);
  return [
    machine,
    table(comparison),
    table([["where an event's processor time goes, %", ""], ...profile]),
    table([["what AWS does", "reply", "in the log after ms", "answered after ms", "limit", ""], ...stuck]),
    table([["number to hold", "measured (quartiles)", "limit", ""], ...verdicts]),
  ].join("\n\n");
}

function format(samples: readonly number[] | undefined): string {
  if (samples === undefined || samples.length === 0) return "left out";
  const { median, quartiles } = summarise(samples);
  const digits = median < 10 ? 2 : median < 100 ? 1 : 0;
  return `${median.toFixed(digits)} (${quartiles.map((value) => value.toFixed(digits)).join("–")})`;
}

function quantity({ median, quartiles }: Summary, unit: Goal["unit"]): string {
  if (unit === "bytes") return thousands(median);
  const digits = unit === "ms" ? 0 : unit === "%" || unit === "MB" ? 1 : 2;
  const [low, middle, high] = [quartiles[0], median, quartiles[1]].map((value) => value.toFixed(digits));
  return low === high ? `${middle}` : `${middle} (${low}–${high})`;
}

function thousands(value: number | undefined): string {
  return value?.toLocaleString("en-US") ?? "";
}

/** Columns as wide as they have to be; all but the first end at the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length))) ?? [];
  return rows
    .map((row) =>
      widths
        .map((width, column) => (column === 0 ? (row[0] ?? "").padEnd(width) : (row[column] ?? "").padStart(width)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
