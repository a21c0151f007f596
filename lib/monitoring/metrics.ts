import { Metric, type MetricOptions, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { type CountName, type DimensionName, METRICS_NAMESPACE, type TimeName } from "../../functions/metrics.ts";
import type { RefusalReason } from "../../tencent/refusal.ts";

/**
 * The metric that a filter on the access log counts. Its namespace names the app, as a line of that log has no field for a
 * dimension.
 */
export function throttledMetric(sdkAppId: string): { readonly namespace: string; readonly metricName: string } {
  return { namespace: `${METRICS_NAMESPACE}/${sdkAppId}`, metricName: "ThrottledCallbacks" };
}

/**
 * The stack's custom metrics, for alarms and dashboards. AWS's own metrics are available from the constructs.
 *
 * By default, counts are sums and times are 99th percentiles over five minutes.
 *
 * @example
 * ```ts
 * import { Duration, type Stack } from "aws-cdk-lib";
 * import type { TencentChatEvents } from "tencent-chat-events";
 *
 * export function alarmOnLag(stack: Stack, { metrics }: TencentChatEvents): void {
 *   const lag = metrics.lag({ period: Duration.minutes(15) });
 *   lag.createAlarm(stack, "LateReads", { threshold: 60_000, evaluationPeriods: 1 });
 * }
 * ```
 */
export class ChatEventsMetrics {
  readonly #sdkAppId: string;

  /** @param sdkAppId the Chat app */
  constructor(sdkAppId: string) {
    this.#sdkAppId = sdkAppId;
  }

  /**
   * Callbacks that passed authentication and validation, even if their event could not be stored or none is wanted: Verify
   * and commands that are not forwarded. A parked request counts once it is judged, and again if its event then has to wait.
   */
  genuine(options?: MetricOptions): Metric {
    return this.#count("Genuine", options);
  }

  /** Genuine callbacks that were answered `OK` and whose event is stored. */
  accepted(options?: MetricOptions): Metric {
    return this.#count("Accepted", options);
  }

  /** Accepted callbacks whose event was sent to the standby queue. */
  standby(options?: MetricOptions): Metric {
    return this.#count("Standby", options);
  }

  /**
   * Callbacks that were refused.
   *
   * @param reason the reason to count; every reason if omitted
   */
  refused(reason?: RefusalReason, options?: MetricOptions): Metric {
    return this.#count("Refused", options, reason && { Reason: reason });
  }

  /** Refused callbacks that had a valid signature and would have become events. They are only in the log. */
  refusedSigned(options?: MetricOptions): Metric {
    return this.#count("RefusedSigned", options);
  }

  /** Genuine callbacks whose event is only in the log. */
  notStored(options?: MetricOptions): Metric {
    return this.#count("NotStored", options);
  }

  /** Requests that wait on the standby queue for validation, because the token could not be read. */
  parked(options?: MetricOptions): Metric {
    return this.#count("Parked", options);
  }

  /** Requests that could not be validated and were dropped, because too many were waiting. */
  notParked(options?: MetricOptions): Metric {
    return this.#count("NotParked", options);
  }

  /** Events that moved from the standby queue to the destination. */
  republished(options?: MetricOptions): Metric {
    return this.#count("Republished", options);
  }

  /** Standby messages that can never be published and were moved to the dead-letter queue. */
  undeliverable(options?: MetricOptions): Metric {
    return this.#count("Undeliverable", options);
  }

  /** Genuine callbacks that were sent to the existing handler. */
  relayed(options?: MetricOptions): Metric {
    return this.#count("Relayed", options);
  }

  /**
   * Relayed callbacks that the handler did not accept: no reply in time, another status than 200, no JSON, or `FAIL` to an
   * after-callback. Nothing repeats them.
   */
  relayFailed(options?: MetricOptions): Metric {
    return this.#count("RelayFailed", options);
  }

  /** Callbacks that API Gateway answered with 429 because they exceeded the throttle. */
  throttled(options?: MetricOptions): Metric {
    return new Metric({ ...throttledMetric(this.#sdkAppId), statistic: Stats.SUM, ...options });
  }

  /** Milliseconds from the `EventTime` of a read report to its receipt. */
  lag(options?: MetricOptions): Metric {
    return this.#time("Lag", options);
  }

  /** Milliseconds from the creation of an event to AWS's confirmation that it is stored. */
  publishTime(options?: MetricOptions): Metric {
    return this.#time("PublishTime", options);
  }

  /** Milliseconds from sending a callback to the existing handler to the end of its reply, or to giving up. */
  relayTime(options?: MetricOptions): Metric {
    return this.#time("RelayTime", options);
  }

  #count(name: CountName, options?: MetricOptions, dimensions?: { readonly [name in DimensionName]?: string }): Metric {
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
