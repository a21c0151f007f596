import { type CostedDestination, callbackCosts, type FunctionUsage, total } from "../bin/shared/callback-cost.ts";
import type { MetricName, Samples } from "./measure.ts";
import { summarise } from "./statistics.ts";
import type { SubjectName } from "./subjects.ts";

/** A subject's use of resources for one event, from the medians of its samples. */
export function usage(samples: Samples): FunctionUsage {
  const median = (metric: MetricName) => summarise(samples[metric] ?? []).median;
  return { warmCpu: median("warmCpu"), coldCpu: median("coldCpu"), logBytes: median("logBytes") };
}

/** The cost of a million events in US dollars, for one of the subjects that store events. Excludes fixed monthly costs. */
export function costPerMillion(name: SubjectName, samples: Samples, destination: CostedDestination): number {
  return total(
    callbackCosts(usage(samples), destination, { platformLog: name !== "ours", traced: name === "fullStack" }),
  );
}
