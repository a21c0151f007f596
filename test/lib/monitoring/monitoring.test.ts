import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration } from "aws-cdk-lib";
import type { Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import { Destination } from "../../../lib/destination.ts";
import { ChatEventsMetrics } from "../../../lib/monitoring/metrics.ts";
import { REFUSAL_REASONS } from "../../../tencent/refusal.ts";
import { getAtt, only, queueNamed, synthesise, synthesiseIn } from "../../support/stack.ts";

interface MetricStat {
  readonly Metric: {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions?: Dimension[] | undefined;
  };
  readonly Period: number;
  readonly Stat: string;
}
interface Dimension {
  readonly Name: string;
  readonly Value: unknown;
}

/** Shortens a value of the template: references become names, hashes are left out. */
function shorten(value: unknown): string {
  return JSON.stringify(value)
    .replace(/\{"Fn::GetAtt":\["(\w+)","\w+"\]\}/g, "$1")
    .replace(/\{"Ref":"(\w+)"\}/g, "$1")
    .replace(/\{"Fn::Join":\["",\[(.*?)\]\]\}/g, "$1")
    .replace(/\{"Fn::Select":\[2,\{"Fn::Split":\["\/",(\w+)\]\}\]\}/g, "$1")
    .replace(/(?:ChatEvents)?([A-Z]\w*?)[0-9A-F]{8}/g, "$1")
    .replace(/[",]/g, "");
}

function describeMetric({ Metric: { Namespace, MetricName, Dimensions }, Period, Stat }: MetricStat): string {
  const of = Dimensions ? ` of ${Dimensions.map(({ Value }) => shorten(Value)).join(" ")}` : "";
  return `${Namespace.replace(/^AWS\//, "")} ${MetricName}${of}, ${Stat} of ${Period} s`;
}

interface AlarmProperties {
  readonly Namespace: string;
  readonly MetricName?: string;
  readonly Dimensions?: Dimension[];
  readonly Period: number;
  readonly Statistic: string;
  readonly ExtendedStatistic?: string;
  readonly Metrics?: readonly { readonly Id: string; readonly Expression?: string; readonly MetricStat?: MetricStat }[];
  readonly Threshold: number;
  readonly ComparisonOperator: "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
}

/** An alarm in words: its metric, its threshold, and its evaluation periods. */
function describeAlarm(properties: AlarmProperties): string {
  const { Threshold, ComparisonOperator, EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = properties;
  const { Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic = Statistic } = properties;
  const comparison = { GreaterThanOrEqualToThreshold: ">=", LessThanThreshold: "<" }[ComparisonOperator];
  const { Metrics: metrics = [] } = properties;
  const inputs = metrics.flatMap(({ Id, MetricStat }) => (MetricStat ? [`${Id}: ${describeMetric(MetricStat)}`] : []));
  const watched = MetricName
    ? describeMetric({ Metric: { Namespace, MetricName, Dimensions }, Period, Stat: ExtendedStatistic })
    : `${metrics.find(({ Expression }) => Expression)?.Expression} [${inputs.join("; ")}]`;
  return `${watched} ${comparison} ${Threshold}, ${DatapointsToAlarm} of ${EvaluationPeriods}`;
}

/** The alarms by name. */
function alarms(template: Template): Record<string, string> {
  const found = Object.entries(template.findResources("AWS::CloudWatch::Alarm"));
  return Object.fromEntries(
    found.map(([logicalId, resource]) => [
      logicalId.replace(/^ChatEventsMonitoringAlarms|.{8}$/g, ""),
      describeAlarm(resource["Properties"] as AlarmProperties),
    ]),
  );
}

const own = (name: string, stat = "Sum of 60 s") => `TencentChatEvents ${name} of 1400000001, ${stat}`;
const hourly = (name: string) => own(name, "Sum of 3600 s");
const oldest = (queue: string) => `SQS ApproximateAgeOfOldestMessage of ${queue}, Maximum of 300 s`;
const deadLettersIn = (queue: string) =>
  `SQS ApproximateNumberOfMessagesVisible of ${queue}, Maximum of 300 s >= 1, 1 of 1`;

const ALARMS = {
  EventsNotStored: `${own("NotStored")} >= 1, 1 of 1`,
  StandbyInUse: `${own("Standby")} >= 1, 1 of 1`,
  FunctionErrors: "Lambda Errors of CallbackFunction CallbackFunction:live, Sum of 60 s >= 1, 1 of 1",
  ServerErrors: "ApiGateway 5xx of EndpointApi, Sum of 60 s >= 1, 1 of 1",
  SlowReplies: "ApiGateway Latency of EndpointApi, p99 of 60 s >= 1500, 3 of 5",
  FunctionThrottled: "Lambda Throttles of CallbackFunction, Sum of 60 s >= 1, 1 of 1",
  GatewayThrottled: "TencentChatEvents/1400000001 ThrottledCallbacks, Sum of 60 s >= 1, 1 of 1",
  Refusals: `${own("Refused", "Sum of 300 s")} >= 10, 1 of 1`,
  OnlyRefusals: `${hourly("Genuine")} < 1, 3 of 3`,
  ExpiredCallbacks: "TencentChatEvents Refused of request-expired 1400000001, Sum of 300 s >= 1, 1 of 1",
  RepublishErrors: "Lambda Errors of RepublishingFunction, Sum of 300 s >= 1, 1 of 1",
  StandbyBehind: `${oldest("StandbyQueue")} >= 1800, 1 of 1`,
  DeadLettersOfStandby: deadLettersIn("StandbyDeadLetterQueue"),
};
const matchNothing = (matched: string) =>
  "IF(FILL(accepted, 0) - FILL(standby, 0) > 0 AND FILL(matched, 0) == 0, 1, 0) " +
  `[accepted: ${hourly("Accepted")}; standby: ${hourly("Standby")}; matched: Events MatchedEvents of ${matched}, ` +
  "Sum of 3600 s] >= 1, 2 of 2";
const withQueue = (name: string) => ({
  ...ALARMS,
  ConsumersBehind: `${oldest(name)} >= 900, 1 of 1`,
  DeadLettersOfConsumers: deadLettersIn(`${name}DeadLetters`),
});
const WITH_BUS = {
  ...withQueue("EventBusQueue"),
  DeadLettersOfBus: deadLettersIn("ReadEventsDeadLetterQueue"),
  EventsMatchNothing: matchNothing("EventBus ReadEventsRule"),
};
const SILENCE = `${hourly("Genuine")} < 1, 12 of 12`;

const withOwnQueue = () =>
  synthesiseIn((stack) => ({ destination: Destination.existingQueue(new Queue(stack, "Mine")) }));
const withOwnBus = () =>
  synthesiseIn((stack) => ({
    destination: Destination.existingEventBus(EventBus.fromEventBusName(stack, "Mine", "mine")),
  }));
const withBus = () => synthesise({ destination: Destination.eventBus() });

describe("The alarms", () => {
  test.each([
    ["a FIFO queue", () => synthesise(), withQueue("FifoQueue")],
    ["a standard queue", () => synthesise({ destination: Destination.standardQueue() }), withQueue("StandardQueue")],
    ["a bus", withBus, WITH_BUS],
    ["an existing queue", withOwnQueue, { ...ALARMS, ConsumersBehind: `${oldest("Mine")} >= 900, 1 of 1` }],
    ["an existing bus", withOwnBus, { ...ALARMS, EventsMatchNothing: matchNothing("mine") }],
    [
      "silence asked for",
      () => synthesise({ alarmOnSilence: Duration.hours(12) }),
      { ...withQueue("FifoQueue"), Silence: SILENCE },
    ],
  ])("with %s are these", (_what, makeTemplate, expected) => {
    expect(alarms(makeTemplate())).toEqual(expected);
  });

  const template = synthesise({ destination: Destination.eventBus(), alarmOnSilence: Duration.hours(12) });
  const all = Object.entries(template.findResources("AWS::CloudWatch::Alarm"));

  test("all link to a heading of the runbook, and each of its alarm headings has an alarm", () => {
    const runbook = readFileSync(join(import.meta.dirname, "../../../docs/runbook.md"), "utf8");
    const [, part = ""] = runbook.split(/^## Alarms$/m);
    const headings = Array.from(part.split(/^## /m)[0]?.matchAll(/^### (.*)$/gm) ?? [], ([, heading = ""]) =>
      heading.toLowerCase().replaceAll(" ", "-"),
    );
    const links = all.map(
      ([, { Properties }]) => /: docs\/runbook\.md#([\w-]+)$/.exec(Properties.AlarmDescription)?.[1],
    );
    expect(new Set(links)).toEqual(new Set(headings));
  });

  test("all notify the topic when they fire and when they clear, and all but the silence alarm stay quiet without data", () => {
    const topic = { Ref: only(template, "AWS::SNS::Topic").logicalId };
    for (const [logicalId, { Properties }] of all) {
      expect(Properties).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
      expect(Properties.TreatMissingData).toBe(logicalId.includes("Silence") ? "breaching" : "notBreaching");
    }
  });

  test("go to a topic that CloudWatch may publish to, for alarms of this account, over TLS", () => {
    template.resourceCountIs("AWS::KMS::Key", 0);
    const topic = { Ref: only(template, "AWS::SNS::Topic").logicalId };
    const { Topics, PolicyDocument } = only(template, "AWS::SNS::TopicPolicy").properties;
    expect(Topics).toEqual([topic]);
    expect((PolicyDocument as { Statement: unknown[] }).Statement).toMatchObject([
      {
        Effect: "Deny",
        Action: "sns:Publish",
        Principal: "*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
      {
        Effect: "Allow",
        Action: "sns:Publish",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Resource: topic,
        Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
      },
    ]);
    template.resourceCountIs("AWS::SNS::Subscription", 0);
  });
});

describe("The dashboard", () => {
  interface Widget {
    readonly type: string;
    readonly y: number;
    readonly properties: { readonly markdown?: string; readonly title?: string; readonly metrics?: unknown[] };
  }

  /** The dashboard's widgets; values that CloudFormation fills in are `?`. */
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

  /** The metrics of each graph, by its title. */
  function graphs(template: Template): Record<string, string> {
    const drawn = widgets(template).filter(({ type }) => type === "metric");
    return Object.fromEntries(
      drawn.map(({ properties }) => {
        const lines = (properties.metrics ?? []) as unknown[][];
        const described = lines.map((line) => `${line[1]} ${(line.at(-1) as { stat: string }).stat}`);
        return [properties.title ?? "", described.join(", ")];
      }),
    );
  }

  const COMMON_GRAPHS = {
    Requests: "Count Sum",
    "Turned away before the function": "ThrottledCallbacks Sum, Throttles Sum",
    "Lag: milliseconds from the read to its receipt": "Lag p50, Lag p90, Lag p99",
    "Genuine callbacks": "Genuine Sum, Accepted Sum",
    "Not answered OK": "Refused Sum, 5xx Sum, Errors Sum",
    "Refusals by reason": REFUSAL_REASONS.map(() => "Refused Sum").join(", "),
    "Reply, in milliseconds: Tencent waits 2,000": "Latency p50, Latency p90, Latency p99",
    "Function, in milliseconds": "Duration p50, Duration p90, Duration p99",
    "Storing an event, in milliseconds": "PublishTime p50, PublishTime p90, PublishTime p99",
    "Standby queue": "Standby Sum, Parked Sum, Republished Sum, ApproximateNumberOfMessagesVisible Maximum",
  };
  const visible = (count: number) => Array(count).fill("ApproximateNumberOfMessagesVisible Maximum").join(", ");
  const lost = (deadLetterQueues: number) => ({
    "Lost unless somebody acts": `NotStored Sum, NotParked Sum, ${visible(deadLetterQueues)}`,
  });
  const QUEUE_GRAPHS = {
    "Events that consumers have not dealt with": `${visible(1)}, ApproximateNumberOfMessagesNotVisible Maximum`,
    "Age of the oldest, in seconds": "ApproximateAgeOfOldestMessage Maximum",
  };
  const BUS_GRAPHS = { "Events that the bus has a subscriber for": "MatchedEvents Sum" };

  test.each([
    ["a queue", () => synthesise(), { ...COMMON_GRAPHS, ...QUEUE_GRAPHS, ...lost(2) }],
    ["a bus", withBus, { ...COMMON_GRAPHS, ...QUEUE_GRAPHS, ...BUS_GRAPHS, ...lost(3) }],
    ["an existing bus", withOwnBus, { ...COMMON_GRAPHS, ...BUS_GRAPHS, ...lost(1) }],
  ])("with %s answers an operator's questions from top to bottom", (_what, makeTemplate, expected) => {
    const template = makeTemplate();
    expect(questions(template)).toEqual([
      "## Are callbacks arriving?",
      "## Are they accepted?",
      "## Why are they refused?",
      "## How fast?",
      "## Is anything waiting or lost?",
    ]);
    expect(graphs(template)).toEqual(expected);
  });

  test("shows every reason for a refusal", () => {
    const graph = widgets(synthesise()).find(({ properties }) => properties.title === "Refusals by reason");
    const text = JSON.stringify(graph?.properties.metrics);
    for (const reason of REFUSAL_REASONS) expect(text).toContain(`"Reason","${reason}"`);
  });

  test("shows every queue that may hold messages", () => {
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

describe("The metrics for users' own alarms and dashboards", () => {
  const metrics = new ChatEventsMetrics("1");

  test.each([
    ["genuine", metrics.genuine(), "Genuine Sum"],
    ["accepted", metrics.accepted(), "Accepted Sum"],
    ["standby", metrics.standby(), "Standby Sum"],
    ["refused", metrics.refused(), "Refused Sum"],
    ["notStored", metrics.notStored(), "NotStored Sum"],
    ["parked", metrics.parked(), "Parked Sum"],
    ["notParked", metrics.notParked(), "NotParked Sum"],
    ["republished", metrics.republished(), "Republished Sum"],
    ["undeliverable", metrics.undeliverable(), "Undeliverable Sum"],
    ["lag", metrics.lag(), "Lag p99"],
    ["publishTime", metrics.publishTime(), "PublishTime p99"],
  ])("%s", (_name, metric, expected) => {
    expect(`${metric.metricName} ${metric.statistic}`).toBe(expected);
    expect(metric).toMatchObject({ namespace: "TencentChatEvents", dimensions: { SdkAppId: "1" } });
  });

  test("throttled, in a namespace of the app's own", () => {
    expect(metrics.throttled()).toMatchObject({ namespace: "TencentChatEvents/1", metricName: "ThrottledCallbacks" });
  });

  test("refused by one reason", () => {
    expect(metrics.refused("request-expired").dimensions).toEqual({ SdkAppId: "1", Reason: "request-expired" });
  });
});
