import { Metric, type MetricOptions, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { type CountName, type DimensionName, METRICS_NAMESPACE, type TimeName } from "../../functions/metrics.ts";
import type { RefusalReason } from "../../tencent/refusal.ts";

/** The name of the metric that a filter on the access log makes. */
export const THROTTLED_METRIC = "ThrottledCallbacks";

/**
 * What the stack counts and measures itself, for alarms and dashboards; what AWS measures is found at the constructs.
 *
 * Counts are sums and times 99th percentiles of five minutes, unless other options are given.
 */
export class ChatEventsMetrics {
  readonly #sdkAppId: string;

  /** @param sdkAppId the Chat app whose metrics they are */
  constructor(sdkAppId: string) {
    this.#sdkAppId = sdkAppId;
  }

  /** Callbacks that were answered OK and whose event is stored. */
  accepted(options?: MetricOptions): Metric {
    return this.#count("Accepted", options);
  }

  /** Those of the accepted ones whose event went to the standby queue. */
  standby(options?: MetricOptions): Metric {
    return this.#count("Standby", options);
  }

  /** Callbacks that were answered OK and become no event: Verify, and what is not forwarded. */
  acknowledged(options?: MetricOptions): Metric {
    return this.#count("Acknowledged", options);
  }

  /**
   * Callbacks that were refused.
   *
   * @param reason one reason; all, if it is not given
   */
  refused(reason?: RefusalReason, options?: MetricOptions): Metric {
    return this.#count("Refused", options, reason && { Reason: reason });
  }

  /** Genuine callbacks whose event stands nowhere but in the log. */
  notStored(options?: MetricOptions): Metric {
    return this.#count("NotStored", options);
  }

  /** Requests that wait on the standby queue to be judged, as the token could not be read. */
  parked(options?: MetricOptions): Metric {
    return this.#count("Parked", options);
  }

  /** Requests that could not be judged and of which too many waited already: they are gone. */
  notParked(options?: MetricOptions): Metric {
    return this.#count("NotParked", options);
  }

  /** Events that went from standby to the destination. */
  republished(options?: MetricOptions): Metric {
    return this.#count("Republished", options);
  }

  /** Messages on standby that can never be published, and went to the dead letters. */
  undeliverable(options?: MetricOptions): Metric {
    return this.#count("Undeliverable", options);
  }

  /** Callbacks that API Gateway answered 429 because they were more than the throttle lets through. */
  throttled(options?: MetricOptions): Metric {
    return this.#count(THROTTLED_METRIC, options);
  }

  /** Milliseconds from the read, as Tencent dates it, to its receipt. */
  lag(options?: MetricOptions): Metric {
    return this.#time("Lag", options);
  }

  /** Milliseconds from a complete event to AWS's confirmation that it is stored. */
  publishTime(options?: MetricOptions): Metric {
    return this.#time("PublishTime", options);
  }

  #count(
    name: CountName | typeof THROTTLED_METRIC,
    options?: MetricOptions,
    dimensions?: { readonly [name in DimensionName]?: string },
  ): Metric {
    return this.#metric(name, { statistic: Stats.SUM, ...options }, dimensions);
  }

  #time(name: TimeName, options?: MetricOptions): Metric {
    return this.#metric(name, { statistic: Stats.percentile(99), ...options });
  }

  #metric(
    metricName: string,
    options: MetricOptions,
    dimensions?: { readonly [name in DimensionName]?: string },
  ): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      ...options,
      dimensionsMap: { ["SdkAppId" satisfies DimensionName]: this.#sdkAppId, ...dimensions },
    });
  }
}
