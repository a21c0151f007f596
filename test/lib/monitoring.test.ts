import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration } from "aws-cdk-lib";
import type { Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import { REFUSAL_REASONS } from "../../functions/tencent/refusal.ts";
import { Destination } from "../../lib/destination.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { getAtt, named, only, queueNamed, synthesise, synthesiseIn } from "../support/stack.ts";

interface Alarm {
  readonly AlarmDescription: string;
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Metrics?: { readonly Expression?: string; readonly MetricStat?: { readonly Metric: object } }[];
  readonly Threshold: number;
  readonly ComparisonOperator: string;
}

/** The alarms by name: what they watch, and from where on. */
function alarms(template: Template): Record<string, string> {
  const found = Object.entries(template.findResources("AWS::CloudWatch::Alarm"));
  return Object.fromEntries(
    found.map(([logicalId, resource]) => {
      const { Namespace, MetricName, Metrics, Threshold, ComparisonOperator } = resource["Properties"] as Alarm;
      const metric = MetricName
        ? `${Namespace} ${MetricName}`
        : Metrics?.find(({ Expression }) => Expression)?.Expression;
      const comparison = { GreaterThanOrEqualToThreshold: ">=", LessThanThreshold: "<" }[ComparisonOperator];
      return [logicalId.replace(/^ChatEventsMonitoringAlarms|.{8}$/g, ""), `${metric} ${comparison} ${Threshold}`];
    }),
  );
}

const ALARMS = {
  EventsNotStored: "TencentChatEvents NotStored >= 1",
  StandbyInUse: "TencentChatEvents Standby >= 1",
  FunctionErrors: "AWS/Lambda Errors >= 1",
  ServerErrors: "AWS/ApiGateway 5xx >= 1",
  SlowReplies: "AWS/ApiGateway Latency >= 1500",
  FunctionThrottled: "AWS/Lambda Throttles >= 1",
  GatewayThrottled: "TencentChatEvents ThrottledCallbacks >= 1",
  Refusals: "TencentChatEvents Refused >= 10",
  ExpiredCallbacks: "TencentChatEvents Refused >= 1",
  OnlyRefusals: "IF(FILL(refused, 0) > 0 AND FILL(accepted, 0) + FILL(acknowledged, 0) == 0, 1, 0) >= 1",
  RepublishErrors: "AWS/Lambda Errors >= 1",
  StandbyBehind: "AWS/SQS ApproximateAgeOfOldestMessage >= 1800",
  DeadLettersOfStandby: "AWS/SQS ApproximateNumberOfMessagesVisible >= 1",
};
const WITH_OWN_QUEUE = { ...ALARMS, ConsumersBehind: "AWS/SQS ApproximateAgeOfOldestMessage >= 900" };
const WITH_QUEUE = { ...WITH_OWN_QUEUE, DeadLettersOfConsumers: "AWS/SQS ApproximateNumberOfMessagesVisible >= 1" };
const MATCHED = {
  EventsMatchNothing: "IF(FILL(accepted, 0) - FILL(standby, 0) > 0 AND FILL(matched, 0) == 0, 1, 0) >= 1",
};
const WITH_BUS = { ...WITH_QUEUE, DeadLettersOfBus: "AWS/SQS ApproximateNumberOfMessagesVisible >= 1", ...MATCHED };

const withOwnQueue = () =>
  synthesiseIn((stack) => ({ destination: Destination.existingQueue(new Queue(stack, "Mine")) }));
const withOwnBus = () =>
  synthesiseIn((stack) => ({
    destination: Destination.existingEventBus(EventBus.fromEventBusName(stack, "Mine", "mine")),
  }));
const withBus = () => synthesise({ destination: Destination.eventBus() });

describe("The alarms", () => {
  test.each([
    ["a FIFO queue", () => synthesise(), WITH_QUEUE],
    ["a standard queue", () => synthesise({ destination: Destination.standardQueue() }), WITH_QUEUE],
    ["a bus", withBus, WITH_BUS],
    ["somebody's own queue", withOwnQueue, WITH_OWN_QUEUE],
    ["somebody's own bus", withOwnBus, { ...ALARMS, ...MATCHED }],
    [
      "silence asked for",
      () => synthesise({ alarmOnSilence: Duration.hours(12) }),
      { ...WITH_QUEUE, Silence: "FILL(accepted, 0) + FILL(acknowledged, 0) < 1" },
    ],
  ])("with %s watch all that can go wrong", (_what, makeTemplate, expected) => {
    expect(alarms(makeTemplate())).toEqual(expected);
  });

  const template = synthesise({ destination: Destination.eventBus(), alarmOnSilence: Duration.hours(12) });
  const all = Object.entries(template.findResources("AWS::CloudWatch::Alarm"));

  test("all end in a heading that the runbook has, and each of its alarm headings has an alarm", () => {
    const runbook = readFileSync(join(import.meta.dirname, "../../docs/runbook.md"), "utf8");
    const [, part = ""] = runbook.split(/^## Alarms$/m);
    const headings = Array.from(part.split(/^## /m)[0]?.matchAll(/^### (.*)$/gm) ?? [], ([, heading = ""]) =>
      heading.toLowerCase().replaceAll(" ", "-"),
    );
    const links = all.map(
      ([, { Properties }]) => /: docs\/runbook\.md#([\w-]+)$/.exec(Properties.AlarmDescription)?.[1],
    );
    expect(new Set(links)).toEqual(new Set(headings));
  });

  test("all tell the topic when they go off and when it is over, and are quiet without data, but for silence", () => {
    const topic = { Ref: only(template, "AWS::SNS::Topic").logicalId };
    for (const [logicalId, { Properties }] of all) {
      expect(Properties).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
      expect(Properties.TreatMissingData).toBe(logicalId.includes("Silence") ? "breaching" : "notBreaching");
    }
  });

  test("on the stack's own metrics are this app's", () => {
    const own = all.filter(([, { Properties }]) => Properties.Namespace === "TencentChatEvents");
    expect(own.length).toBe(5);
    for (const [, { Properties }] of own) {
      expect(Properties.Dimensions).toContainEqual({ Name: "SdkAppId", Value: SDK_APP_ID });
    }
    const expired = named(template, "AWS::CloudWatch::Alarm", "MonitoringAlarmsExpiredCallbacks");
    expect(expired.properties["Dimensions"]).toContainEqual({ Name: "Reason", Value: "request-expired" });
  });

  test("on a bus count what its rule matches, as the archive matches everything", () => {
    const { properties } = named(template, "AWS::CloudWatch::Alarm", "MonitoringAlarmsEventsMatchNothing");
    const metrics = (properties["Metrics"] as Alarm["Metrics"])?.map(({ MetricStat }) => MetricStat?.Metric);
    expect(metrics).toContainEqual({
      Namespace: "AWS/Events",
      MetricName: "MatchedEvents",
      Dimensions: [
        { Name: "EventBusName", Value: { Ref: only(template, "AWS::Events::EventBus").logicalId } },
        {
          Name: "RuleName",
          Value: { "Fn::Select": [2, { "Fn::Split": ["/", getAtt(only(template, "AWS::Events::Rule").logicalId)] }] },
        },
      ],
    });
  });

  test("go to a topic with a key that CloudWatch may use, for TLS only", () => {
    const key = only(template, "AWS::KMS::Key");
    expect(key.properties["EnableKeyRotation"]).toBe(true);
    const topic = only(template, "AWS::SNS::Topic", { KmsMasterKeyId: getAtt(key.logicalId) });
    expect(only(template, "AWS::SNS::TopicPolicy").properties["Topics"]).toEqual([{ Ref: topic.logicalId }]);
    template.resourceCountIs("AWS::SNS::Subscription", 0);
  });
});

describe("The dashboard", () => {
  interface Widget {
    readonly type: string;
    readonly y: number;
    readonly properties: { readonly markdown?: string; readonly title?: string; readonly metrics?: unknown[] };
  }

  /** The dashboard's widgets; what the template fills in is left as `?`. */
  function widgets(template: Template): Widget[] {
    const { properties } = only(template, "AWS::CloudWatch::Dashboard");
    const { "Fn::Join": join } = properties["DashboardBody"] as { "Fn::Join": [string, unknown[]] };
    const text = join[1].map((part) => (typeof part === "string" ? part : "?")).join("");
    return (JSON.parse(text) as { widgets: Widget[] }).widgets;
  }

  const questions = (template: Template) =>
    widgets(template)
      .filter(({ type }) => type === "text")
      .sort((one, other) => one.y - other.y)
      .map(({ properties }) => properties.markdown);

  test.each([
    ["a queue", () => synthesise(), 13],
    ["a bus", withBus, 14],
    ["somebody's own bus", withOwnBus, 12],
  ])("with %s answers, from top to bottom, what an operator asks", (_what, makeTemplate, graphs) => {
    const template = makeTemplate();
    expect(questions(template)).toEqual([
      "## Are callbacks arriving?",
      "## Are they accepted?",
      "## Why are they refused?",
      "## How fast?",
      "## Is anything waiting or lost?",
    ]);
    const drawn = widgets(template).filter(({ type }) => type === "metric");
    expect(drawn.length).toBe(graphs);
    for (const { properties } of drawn) expect(properties.metrics?.length).toBeGreaterThan(0);
  });

  test("shows every reason for a refusal", () => {
    const graph = widgets(synthesise()).find(({ properties }) => properties.title === "Refusals by reason");
    const text = JSON.stringify(graph?.properties.metrics);
    for (const reason of REFUSAL_REASONS) expect(text).toContain(`"Reason","${reason}"`);
  });

  test("shows every queue that something may wait in", () => {
    const template = withBus();
    const { properties } = only(template, "AWS::CloudWatch::Dashboard");
    for (const name of [
      "EventBusQueue",
      "StandbyQueue",
      "EventBusQueueDeadLetters",
      "ReadEventsDeadLetterQueue",
      "StandbyDeadLetterQueue",
    ]) {
      expect(JSON.stringify(properties)).toContain(JSON.stringify(getAtt(queueNamed(template, name), "QueueName")));
    }
  });
});
