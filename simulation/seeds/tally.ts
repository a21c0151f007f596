import { readRecoveryLog } from "../../functions/recovery-log.ts";
import type { CallRecord, EnvironmentRecord, History, SentCallback } from "../history.ts";
import type { Violation } from "../invariants/index.ts";
import type { Plan } from "../plan.ts";

/** Numbers by name. */
export type Counts = Readonly<Record<string, number>>;

/** What a tally counts, in the order of reports. */
export const SECTIONS = [
  "seeds by destination",
  "seeds by relayed callbacks",
  "callbacks by kind",
  "callbacks by reply",
  "messages and log lines",
  "forged requests",
  "calls that faults hit",
  "faults of Lambda",
  "environments and invocations",
  "operator's actions",
] as const;
/** One of {@link SECTIONS}. */
export type Section = (typeof SECTIONS)[number];

/** What happened in some runs, in numbers. */
export interface Tally {
  readonly seeds: number;
  /** Those that Tencent sent, however often. */
  readonly callbacks: number;
  readonly virtualMilliseconds: number;
  readonly sections: Readonly<Record<Section, Counts>>;
  /** How often each promise was checked, and held. */
  readonly checked: Counts;
  readonly held: Counts;
}

/** The tally of no run. */
export const NO_TALLY: Tally = {
  ...{ seeds: 0, callbacks: 0, virtualMilliseconds: 0, checked: {}, held: {} },
  sections: Object.fromEntries(SECTIONS.map((section) => [section, {}])) as Tally["sections"],
};

/** Adds two tallies. The order does not matter. */
export function addTallies(one: Tally, other: Tally): Tally {
  return {
    seeds: one.seeds + other.seeds,
    callbacks: one.callbacks + other.callbacks,
    virtualMilliseconds: one.virtualMilliseconds + other.virtualMilliseconds,
    sections: Object.fromEntries(
      SECTIONS.map((section) => [section, addCounts(one.sections[section], other.sections[section])]),
    ) as Tally["sections"],
    checked: addCounts(one.checked, other.checked),
    held: addCounts(one.held, other.held),
  };
}

function addCounts(one: Counts, other: Counts): Counts {
  const sum: Record<string, number> = { ...one };
  for (const [name, number] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + number;
  return sum;
}

/** Counts how often a run's promises were checked, and held. */
export function tallyPromises(checks: ReadonlyMap<string, number>, violations: readonly Violation[]): Tally {
  const broken = countBy(violations, ({ promise }) => promise);
  const checked = Object.fromEntries(checks);
  const held = Object.fromEntries(Array.from(checks, ([promise, times]) => [promise, times - (broken[promise] ?? 0)]));
  return { ...NO_TALLY, seeds: 1, checked, held };
}

/** Counts what happened in a run, but for the seed and the promises. */
export function tallyHistory(plan: Plan, history: History): Tally {
  const genuine = [...history.callbacks.values()].filter(({ origin }) => origin === "genuine");
  return {
    ...NO_TALLY,
    callbacks: genuine.length,
    virtualMilliseconds: duration(history),
    sections: countSections(plan, history, genuine),
  };
}

function countSections(plan: Plan, history: History, genuine: readonly SentCallback[]): Tally["sections"] {
  const { environments, arrivals, callbacks } = history;
  const invocations = environments.flatMap((environment) => environment.invocations);
  const calls = [
    ...environments.flatMap(({ startCalls }) => startCalls),
    ...invocations.flatMap(({ calls: ofServices, relayed }) => [...ofServices, ...relayed]),
  ];
  const forged = [...callbacks.values()].filter(({ origin }) => origin === "forged");
  return {
    "seeds by destination": { [plan.destination]: 1 },
    "seeds by relayed callbacks": { [plan.relayed]: 1 },
    "callbacks by kind": countBy(genuine, ({ variant }) => variant),
    "callbacks by reply": countBy(genuine, describeReply),
    "messages and log lines": {
      "events that reached the consumers' queue": arrivals.filter(({ isDuplicate }) => !isDuplicate).length,
      "events that it dropped as repeats": arrivals.filter(({ isDuplicate }) => isDuplicate).length,
      "messages put on standby": calls.filter(isPutOnStandby).length,
      "events and requests written to the log": environments.reduce((sum, { lines }) => sum + countRecords(lines), 0),
    },
    "forged requests": countBy(forged, ({ variant }) => variant),
    "calls that faults hit": countBy(
      calls.flatMap(({ fault }) => fault ?? []),
      (fault) => fault,
    ),
    "faults of Lambda": countBy(plan.lambdaFaults, ({ name }) => name),
    "environments and invocations": {
      "environments started": environments.length,
      ...countBy(invocations, ({ outcome }) => `invocations: ${outcome ?? "not over"}`),
    },
    "operator's actions": countBy(plan.operator, ({ kind }) => kind),
  };
}

function countBy<Item>(items: readonly Item[], name: (item: Item) => string): Counts {
  const counts: Record<string, number> = {};
  for (const item of items) counts[name(item)] = (counts[name(item)] ?? 0) + 1;
  return counts;
}

/** What Tencent learnt about a callback, at its best attempt. */
function describeReply({ attempts }: SentCallback): string {
  if (attempts.some(({ reply }) => reply?.statusCode === 200)) return "answered OK";
  const last = attempts.at(-1);
  if (last?.reply === undefined) return "not answered in time";
  if (last.invocation === undefined) return "turned away before the function";
  return last.reply.statusCode < 500 ? "refused" : "answered with an error";
}

function isPutOnStandby({ target, operation, fault }: CallRecord): boolean {
  return target === "standby" && operation === "SendMessage" && fault === undefined;
}

function countRecords(lines: EnvironmentRecord["lines"]): number {
  const errors = lines.filter(({ text }) => text.includes('"ERROR"'));
  return errors.length === 0 ? 0 : readRecoveryLog(errors.map(({ text }) => text).join("\n")).records.length;
}

/** From the first token to the last thing that happened. */
function duration({ environments, receipts, arrivals, tokens, healedAt }: History): number {
  let end = healedAt;
  for (const { at } of [...receipts, ...arrivals]) end = Math.max(end, at);
  for (const { invocations } of environments) end = Math.max(end, invocations.at(-1)?.endedAt ?? 0);
  return end - (tokens[0]?.storedAt ?? end);
}
