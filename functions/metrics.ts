import type { RefusalReason } from "../tencent/refusal.ts";
import { log } from "./log.ts";

/** The namespace of all metrics, those of the stack's own making included. */
export const METRICS_NAMESPACE = "TencentChatEvents";

/** What is counted. */
export type CountName =
  /** Callbacks that were answered OK and became an event that is stored. */
  | "Accepted"
  /** Those of them whose event went to the standby queue. */
  | "Standby"
  /** Callbacks that were answered OK and become no event: Verify, and what is not forwarded. */
  | "Acknowledged"
  /** Callbacks that were refused; also by `Reason`. */
  | "Refused"
  /** Genuine callbacks whose event neither the destination nor standby took. It stands in the log. */
  | "NotStored"
  /** Requests that wait to be judged, as the token could not be read. */
  | "Parked"
  /** Those of which too many waited already: they are gone. */
  | "NotParked"
  /** Events that went from standby to the destination. */
  | "Republished"
  /** Messages on standby that can never be published, and went to the dead letters. */
  | "Undeliverable";

/** What is measured, in milliseconds. */
export type TimeName =
  /** From the read, as Tencent dates it, to its receipt here. */
  | "Lag"
  /** From a complete event to AWS's confirmation that it is stored. */
  | "PublishTime";

/** The dimensions of all metrics, and the one that `Refused` has beside it. */
export type DimensionName = "SdkAppId" | "Reason";

const MINUTE_MS = 60_000;

/** The most values one line may hold of a metric; of more, a random sample is kept. */
const LARGEST_SAMPLE = 100;

/** So many refusals a minute are logged one by one: whoever sends rubbish must not drive the bill. */
const LOGGED_REFUSALS = 5;

interface Sum {
  /** How often. */
  count: number;
  /** Of times: the values, or a sample of them. */
  values?: number[];
}

/**
 * Sums up what happens and writes it to the log at most once a minute, in CloudWatch's embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 *
 * The first callback is written at once, so that rare ones are seen when they happen. What a busy environment counted
 * after its last line is lost when Lambda ends it.
 *
 * Times are Unix milliseconds and come in as arguments.
 */
export class Metrics {
  readonly #sdkAppId: string;
  /** By reason, and `undefined` for what has none. */
  #urgent = false;
  readonly #sums = new Map<RefusalReason | undefined, Map<string, Sum>>();
  #minuteEnd = 0;
  #refusalsInMinute = 0;

  /** @param sdkAppId the dimension of all metrics */
  constructor(sdkAppId: string) {
    this.#sdkAppId = sdkAppId;
  }

  /** Counts one. */
  count(name: CountName, reason?: RefusalReason): void {
    this.#sum(name, reason).count += 1;
  }

  /** Counts a refusal; the first ones in a minute are logged with what there is to say. */
  refused(reason: RefusalReason, now: number, details: object): void {
    this.count("Refused", reason);
    this.#refusalsInMinute = now < this.#minuteEnd ? this.#refusalsInMinute + 1 : 1;
    // Written when their number has doubled: an environment that ends early takes less than half of them along.
    this.#urgent ||= Number.isInteger(Math.log2(this.#refusalsInMinute));
    if (this.#refusalsInMinute <= LOGGED_REFUSALS) log("WARN", "a callback was refused", { reason, ...details });
  }

  /** Takes a measured time, in milliseconds. */
  measured(name: TimeName, milliseconds: number): void {
    const sum = this.#sum(name);
    sum.values ??= [];
    sum.count += 1;
    // Algorithm R: every value has the same chance to be in the sample.
    const index = sum.values.length < LARGEST_SAMPLE ? sum.values.length : Math.floor(Math.random() * sum.count);
    if (index < LARGEST_SAMPLE) sum.values[index] = milliseconds;
  }

  /** Has the sums written at the next opportunity. */
  hurry(): void {
    this.#urgent = true;
  }

  /** Writes the sums, if there are any and their time has come. */
  flush(now: number): void {
    const due = now >= this.#minuteEnd;
    if (this.#sums.size === 0 || !(due || this.#urgent)) return;
    this.#urgent = false;
    for (const [reason, sums] of this.#sums) log("INFO", "metrics", this.#format(now, sums, reason));
    this.#sums.clear();
    if (due) this.#minuteEnd = now + MINUTE_MS;
  }

  #sum(name: string, reason?: RefusalReason): Sum {
    const sums = this.#sums.get(reason) ?? new Map<string, Sum>();
    const sum = sums.get(name) ?? { count: 0 };
    this.#sums.set(reason, sums.set(name, sum));
    return sum;
  }

  #format(Timestamp: number, sums: ReadonlyMap<string, Sum>, Reason: RefusalReason | undefined): object {
    const all: DimensionName[] = ["SdkAppId"];
    return {
      _aws: {
        Timestamp,
        CloudWatchMetrics: [
          {
            Namespace: METRICS_NAMESPACE,
            Dimensions: Reason ? [all, [...all, "Reason" satisfies DimensionName]] : [all],
            Metrics: Array.from(sums, ([Name, { values }]) => ({ Name, Unit: values ? "Milliseconds" : "Count" })),
          },
        ],
      },
      SdkAppId: this.#sdkAppId,
      Reason,
      ...Object.fromEntries(Array.from(sums, ([name, { count, values }]) => [name, values ?? count])),
    };
  }
}
