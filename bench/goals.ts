import { costPerMillion, type Usage } from "./cost.ts";
import type { MetricName, Samples } from "./measure.ts";
import type { Shares } from "./profile.ts";
import { ratios, type Summary, summarise } from "./statistics.ts";
import { STUCK_CALL_GOALS, type StuckCallGoal, type StuckCallResult } from "./stuck-calls.ts";
import type { Subject, SubjectName } from "./subjects.ts";

/** All that was measured. */
export interface Measurements {
  readonly subjects: readonly Pick<Subject, "name" | "bytes" | "zippedBytes">[];
  readonly samples: Readonly<Record<SubjectName, Samples>>;
  /** One profile for each warm round. */
  readonly shares: readonly Shares[];
  readonly stuckCalls: readonly StuckCallResult[];
}

/** A number to hold, and what became of it. */
export interface Goal {
  readonly name: string;
  readonly unit: "×" | "%" | "bytes" | "MB" | "ms" | "$";
  readonly measured: Summary;
  readonly limit: number;
  readonly held: boolean;
}

/** Compares the measurements with their limits. */
export function checkGoals({ subjects, samples, shares, stuckCalls }: Measurements): Goal[] {
  const ours = subjects.find(({ name }) => name === "ours");
  const goal = (name: string, unit: Goal["unit"], values: readonly number[], limit: number): Goal => {
    const measured = summarise(values);
    return { name, unit, measured, limit, held: measured.median <= limit };
  };
  const against = (base: SubjectName, metric: MetricName) =>
    ratios(samples.ours[metric] ?? [], samples[base][metric] ?? []);
  const memory = samples.ours.earlyMemory?.map((peak, round) => peak - (samples.noOp.earlyMemory?.[round] ?? 0)) ?? [];
  const stuck = (which: StuckCallGoal): Goal => {
    const cases = stuckCalls.filter((result) => result.goal === which);
    const limit = Math.min(...cases.map(({ latestMs }) => latestMs));
    // The slowest answer: every one of them counts.
    const measured = summarise([Math.max(...cases.flatMap(({ times }) => times))]);
    return {
      name: `${STUCK_CALL_GOALS[which]}: slowest answer`,
      unit: "ms",
      measured,
      limit,
      held: cases.every(({ held }) => held),
    };
  };
  return [
    goal("cold start: CPU against a no-op (aim: 2.0)", "×", against("noOp", "coldCpu"), 2.2),
    goal("first event after INIT: CPU against a no-op", "×", against("noOp", "firstCpu"), 1.7),
    goal("warm event: CPU against a raw POST", "×", against("rawPost", "warmCpu"), 1.9),
    goal(
      "our own code's share of it",
      "%",
      shares.map(({ own }) => own * 100),
      5,
    ),
    // Guards against accidents: users feel CPU, memory and money.
    goal("bundle", "bytes", [ours?.bytes ?? Number.NaN], 48 * 1024),
    goal("bundle, zipped", "bytes", [ours?.zippedBytes ?? Number.NaN], 20 * 1024),
    goal("most memory in 10 events above a no-op's", "MB", memory, 10),
    stuck("stuck"),
    stuck("refused"),
    stuck("destination"),
    stuck("both"),
    goal("a million events, FIFO queue", "$", [cost("ours", samples.ours, "fifo")], 1.8),
    goal("a million events, standard queue", "$", [cost("ours", samples.ours, "standard")], 1.7),
  ];
}

/** US dollars for a million events through one of the subjects that store them. */
export function cost(name: SubjectName, samples: Samples, queue: Usage["queue"]): number {
  const median = (metric: MetricName) => summarise(samples[metric] ?? []).median;
  return costPerMillion({
    warmCpu: median("warmCpu"),
    coldCpu: median("coldCpu"),
    logBytes: median("logBytes"),
    platformLog: name !== "ours",
    traced: name === "fullStack",
    queue,
  });
}
