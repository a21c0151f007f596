import { Duration } from "aws-cdk-lib";
import { describe, expect, test } from "vitest";
import { ChatEventsMetrics } from "../../../lib/monitoring/metrics.ts";

describe("The metrics for users' own alarms and dashboards", () => {
  const metrics = new ChatEventsMetrics("1");

  test.each([
    ["genuine", metrics.genuine(), "Genuine Sum"],
    ["accepted", metrics.accepted(), "Accepted Sum"],
    ["standby", metrics.standby(), "Standby Sum"],
    ["refused", metrics.refused(), "Refused Sum"],
    ["refusedSigned", metrics.refusedSigned(), "RefusedSigned Sum"],
    ["notStored", metrics.notStored(), "NotStored Sum"],
    ["parked", metrics.parked(), "Parked Sum"],
    ["notParked", metrics.notParked(), "NotParked Sum"],
    ["republished", metrics.republished(), "Republished Sum"],
    ["undeliverable", metrics.undeliverable(), "Undeliverable Sum"],
    ["relayed", metrics.relayed(), "Relayed Sum"],
    ["relayFailed", metrics.relayFailed(), "RelayFailed Sum"],
    ["lag", metrics.lag(), "Lag p99"],
    ["publishTime", metrics.publishTime(), "PublishTime p99"],
    ["relayTime", metrics.relayTime(), "RelayTime p99"],
  ])("%s", (_name, metric, expected) => {
    expect(`${metric.metricName} ${metric.statistic}`).toBe(expected);
    expect(metric).toMatchObject({ namespace: "TencentChatEvents", dimensions: { SdkAppId: "1" } });
  });

  test("with options of the user's own", () => {
    const options = { statistic: "Maximum", period: Duration.hours(1) };
    for (const metric of [metrics.genuine(options), metrics.lag(options), metrics.throttled(options)]) {
      expect(metric).toMatchObject(options);
    }
  });

  test("throttled, in a namespace of the app's own", () => {
    expect(metrics.throttled()).toMatchObject({ namespace: "TencentChatEvents/1", metricName: "ThrottledCallbacks" });
  });

  test("refused by one reason", () => {
    expect(metrics.refused("request-expired").dimensions).toEqual({ SdkAppId: "1", Reason: "request-expired" });
  });
});
