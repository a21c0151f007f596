import type { RefusalReason } from "../tencent/refusal.ts";
import { log } from "./log.ts";
import { hasDoubled, MinuteSum } from "./minute-sum.ts";

/** The namespace of all metrics, including those that the stack derives from logs. */
export const METRICS_NAMESPACE = "TencentChatEvents";

/** The message of a log line with metrics. */
export const METRICS_MESSAGE = "metrics";
/** The message of a log line about a refused callback. */
export const REFUSED_MESSAGE = "a callback was refused";

/** The metrics that are counts. */
export type CountName =
  /**
   * Callbacks that passed authentication and validation, even if their event could not be stored or none is wanted: Verify
   * and commands that are not forwarded. A parked request counts once it is judged, and again if its event then has to
   * wait. Zero is written with refusals if there was none.
   */
  | "Genuine"
  /** Genuine callbacks that were answered OK and whose event is stored. */
  | "Accepted"
  /** Those of them whose event went to the standby queue. */
  | "Standby"
  /** Callbacks that were refused; also by `Reason`. */
  | "Refused"
  /**
   * Those of them that had a valid signature and would have become events: Tencent has changed a format, or somebody uses a
   * leaked URL. The log contains them, within its limits. Expired ones are only counted by their reason.
   */
  | "RefusedSigned"
  /** Genuine callbacks whose event neither the destination nor standby took. The log contains it. */
  | "NotStored"
  /** Requests that wait to be judged because the token could not be read. */
  | "Parked"
  /** Requests that were not parked because too many already wait. They are lost. */
  | "NotParked"
  /** Events that moved from standby to the destination. */
  | "Republished"
  /** Messages on standby that can never be published and became dead letters. */
  | "Undeliverable"
  /** Genuine callbacks that were sent to the existing handler. */
  | "Relayed"
  /** Those of them that the handler did not accept: no reply in time, none that Tencent would take, or FAIL to an after-callback. */
  | "RelayFailed";

/** The metrics that are times, in milliseconds. */
export type TimeName =
  /** From the read, as Tencent dates it, to its receipt. */
  | "Lag"
  /** From a complete event to AWS's confirmation that it is stored. */
  | "PublishTime"
  /** From sending a callback to the existing handler to the end of its reply, or to giving up. */
  | "RelayTime";

/** The dimension of all metrics, and the additional one of `Refused`. */
export type DimensionName = "SdkAppId" | "Reason";

/** How often a busy environment writes its metrics. */
const INTERVAL_MS = 60_000;

/** The most values of one metric in one line. Of more, a random sample is kept. */
const MAX_VALUES = 100;

/** How many refusals a minute are logged individually: a flood of rubbish must not drive the bill. */
const LOGGED_REFUSALS_PER_MINUTE = 5;

interface Sum {
  count: number;
  /** For times: the values, or a sample of them. */
  values?: number[];
}

/**
 * Sums up metrics and writes them to the log at most once a minute, in CloudWatch's embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 *
 * The first count of its kind in a minute is written at once, so that rare ones show up when they happen. Lambda may end a
 * busy environment before it writes its last counts; those are lost.
 *
 * Refusals never come without a value of `Genuine`. An alarm that asks whether only refusals arrive can therefore watch this
 * one metric, which has a value even if no genuine callback ever arrived.
 *
 * Times are Unix milliseconds, passed as arguments.
 */
export class Metrics {
  readonly #sdkAppId: string;
  readonly #isEmbedded: boolean;
  /** By reason; `undefined` for metrics without one. */
  readonly #sums = new Map<RefusalReason | undefined, Map<string, Sum>>();
  readonly #refusals = new MinuteSum();
  /** The kinds of counts that this minute's lines contain. */
  readonly #written = new Set<string>();
  #isUrgent = false;
  #nextWrite = 0;

  /**
   * @param sdkAppId the dimension of all metrics
   * @param isEmbedded whether CloudWatch creates metrics, which cost money; if not, the lines are the same without `_aws`
   */
  constructor(sdkAppId: string, isEmbedded = true) {
    this.#sdkAppId = sdkAppId;
    this.#isEmbedded = isEmbedded;
  }

  /** Adds one to a count. */
  count(name: CountName, reason?: RefusalReason): void {
    if (!this.#written.has(kind(name, reason))) this.hurry();
    this.#sum(name, reason).count += 1;
  }

  /** Counts a refusal, and logs the first ones in a minute with the details. */
  refused(reason: RefusalReason, now: number, details: object): void {
    this.count("Refused", reason);
    const count = this.#refusals.add(1, now);
    if (hasDoubled(count)) this.hurry();
    if (count <= LOGGED_REFUSALS_PER_MINUTE) log("WARN", REFUSED_MESSAGE, { reason, ...details });
  }

  /** Adds a time in milliseconds. */
  measured(name: TimeName, milliseconds: number): void {
    const sum = this.#sum(name);
    sum.values ??= [];
    sum.count += 1;
    // Algorithm R: every value is equally likely to be in the sample.
    const index = sum.values.length < MAX_VALUES ? sum.values.length : Math.floor(Math.random() * sum.count);
    if (index < MAX_VALUES) sum.values[index] = milliseconds;
  }

  /** Makes the next {@link flush} write, even within the minute. */
  hurry(): void {
    this.#isUrgent = true;
  }

  /** Writes the metrics if any are due. */
  flush(now: number): void {
    // After the clock was set back, the next write would be far off.
    const isDue = now >= this.#nextWrite || now < this.#nextWrite - INTERVAL_MS;
    if (this.#sums.size === 0 || !(isDue || this.#isUrgent)) return;
    this.#isUrgent = false;
    if (isDue) {
      this.#nextWrite = now + INTERVAL_MS;
      this.#written.clear();
    }
    for (const [reason, sums] of this.#sums) {
      for (const name of sums.keys()) this.#written.add(kind(name, reason));
    }
    this.#addZero();
    for (const [reason, sums] of this.#sums) log("INFO", METRICS_MESSAGE, this.#format(now, sums, reason));
    this.#sums.clear();
  }

  /** A zero does not count as written: the first genuine callback after it is news. */
  #addZero(): void {
    const hasRefusals = Array.from(this.#sums.keys()).some((reason) => reason !== undefined);
    if (hasRefusals) this.#sum("Genuine");
  }

  #sum(name: CountName | TimeName, reason?: RefusalReason): Sum {
    const sums = this.#sums.get(reason) ?? new Map<string, Sum>();
    const sum = sums.get(name) ?? { count: 0 };
    this.#sums.set(reason, sums.set(name, sum));
    return sum;
  }

  #format(Timestamp: number, sums: ReadonlyMap<string, Sum>, Reason: RefusalReason | undefined): object {
    const all: DimensionName[] = ["SdkAppId"];
    const directive = {
      Namespace: METRICS_NAMESPACE,
      Dimensions: Reason ? [all, [...all, "Reason" satisfies DimensionName]] : [all],
      Metrics: Array.from(sums, ([Name, { values }]) => ({ Name, Unit: values ? "Milliseconds" : "Count" })),
    };
    return {
      ...(this.#isEmbedded && { _aws: { Timestamp, CloudWatchMetrics: [directive] } }),
      SdkAppId: this.#sdkAppId,
      Reason,
      ...Object.fromEntries(Array.from(sums, ([name, { count, values }]) => [name, values ?? count])),
    };
  }
}

function kind(name: string, reason: RefusalReason | undefined): string {
  return `${name} ${reason ?? ""}`;
}
