import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration, NestedStack, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { describe, expect, test } from "vitest";
import { Destination } from "../../../lib/destination.ts";
import { TencentChatEvents } from "../../../lib/tencent-chat-events.ts";
import type { TencentChatEventsProps } from "../../../lib/tencent-chat-events-props.ts";
import { ALARM_TYPES, allAlarms, describeAlarm, nameOf, shorten } from "../../support/alarms.ts";
import { SDK_APP_ID } from "../../support/callbacks.ts";
import { newApp, only, synthesise, synthesiseIn } from "../../support/stack.ts";

/** The alarms by name, in words. */
function alarms(template: Template): Record<string, string> {
  const metricAlarms = Object.values(template.findResources("AWS::CloudWatch::Alarm"));
  const composites = Object.values(template.findResources("AWS::CloudWatch::CompositeAlarm"));
  return Object.fromEntries([
    ...metricAlarms.map(({ Properties }) => [nameOf(Properties.AlarmName), describeAlarm(Properties)]),
    ...composites.map(({ Properties }) => [nameOf(Properties.AlarmName), shorten(Properties.AlarmRule)]),
  ]);
}

const HANDLER = "https://chat.example.com/callback";

const own = (name: string, stat = "Sum of 60 s") => `TencentChatEvents ${name} of 1400000001, ${stat}`;
const hourly = (name: string) => own(name, "Sum of 3600 s");
const oldest = (queue: string) => `SQS ApproximateAgeOfOldestMessage of ${queue}, Maximum of 300 s`;
const deadLettersIn = (queue: string) =>
  `SQS ApproximateNumberOfMessagesVisible of ${queue}, Maximum of 300 s >= 1, 1 of 1`;

const ALARMS = {
  "Events not stored": `${own("NotStored")} >= 1, 1 of 1`,
  "Standby in use": `${own("Standby")} >= 1, 2 of 5`,
  "Standby behind": `${oldest("StandbyQueue")} >= 1800, 1 of 1`,
  "Function errors": "Lambda Errors of CallbackFunction CallbackFunction:live, Sum of 60 s >= 1, 1 of 1",
  "Server errors": "ApiGateway 5xx of EndpointApi, Sum of 60 s >= 1, 1 of 1",
  "Repeated server errors": "ApiGateway 5xx of EndpointApi, Sum of 60 s >= 1, 2 of 5, quietly",
  "Slow replies": "ApiGateway Latency of EndpointApi, p99 of 60 s >= 1500, 3 of 5",
  "Function throttled": "Lambda Throttles of CallbackFunction, Sum of 60 s >= 1, 1 of 1",
  "Gateway throttled": "TencentChatEvents/1400000001 ThrottledCallbacks, Sum of 60 s >= 1, 1 of 1",
  Refusals: `${own("Refused", "Sum of 300 s")} >= 10, 1 of 1`,
  "Only refusals": `${hourly("Genuine")} < 1, 3 of 3`,
  "Expired callbacks": "TencentChatEvents Refused of request-expired 1400000001, Sum of 300 s >= 1, 1 of 1",
  "Signed callbacks refused": `${own("RefusedSigned")} >= 1, 1 of 1`,
  "Dead letters of standby": deadLettersIn("StandbyDeadLetterQueue"),
};
const matchNothing = (matched: string) => ({
  "Nothing matched": `Events MatchedEvents of ${matched}, Sum of 3600 s < 1, 2 of 2, or no data, quietly`,
  "Nothing stored": `${hourly("Accepted")} < 1, 1 of 2, or no data, quietly`,
  "Events match nothing":
    "(ALARM(MonitoringAlarmsNothingMatched) AND OK(MonitoringAlarmsNothingStored) " +
    "AND (NOT (ALARM(MonitoringAlarmsStandbyInUse))))",
});
const withQueue = (name: string) => ({
  ...ALARMS,
  "Consumers behind": `${oldest(name)} >= 900, 1 of 1`,
  "Dead letters of consumers": deadLettersIn(`${name}Dlq`),
});
const WITH_BUS = {
  ...withQueue("EventBusQueue"),
  "Dead letters of bus": deadLettersIn("ReadEventsDeadLetterQueue"),
  ...matchNothing("EventBus ReadEventsRule"),
};
/** A template with every alarm. */
const everyAlarm = (props: Partial<TencentChatEventsProps> = {}) =>
  synthesise({
    destination: Destination.eventBus(),
    relayUrl: HANDLER,
    alarmOnSilence: Duration.hours(12),
    ...props,
  });
const SILENCE = `${hourly("Genuine")} < 1, 12 of 12, or no data`;

/** The logical ids of all alarms. */
const LOGICAL_IDS: readonly string[] = [
  "ChatEventsMonitoringAlarmsConsumersBehindE22982B6",
  "ChatEventsMonitoringAlarmsDeadLettersOfBusD8DA4E45",
  "ChatEventsMonitoringAlarmsDeadLettersOfConsumersA8776A08",
  "ChatEventsMonitoringAlarmsDeadLettersOfStandbyAC369AEE",
  "ChatEventsMonitoringAlarmsEventsMatchNothingC68D62D3",
  "ChatEventsMonitoringAlarmsEventsNotStored205FB141",
  "ChatEventsMonitoringAlarmsExpiredCallbacks2681E309",
  "ChatEventsMonitoringAlarmsFunctionErrors20C00B19",
  "ChatEventsMonitoringAlarmsFunctionThrottled05CD51B7",
  "ChatEventsMonitoringAlarmsGatewayThrottledBA72032F",
  "ChatEventsMonitoringAlarmsNothingMatched44C7A59E",
  "ChatEventsMonitoringAlarmsNothingStored3732C8AE",
  "ChatEventsMonitoringAlarmsOnlyRefusals848F3276",
  "ChatEventsMonitoringAlarmsRefusals166AEB71",
  "ChatEventsMonitoringAlarmsRelayFailed68A44183",
  "ChatEventsMonitoringAlarmsRepeatedServerErrorsEB532B6B",
  "ChatEventsMonitoringAlarmsServerErrors5B0500CE",
  "ChatEventsMonitoringAlarmsSignedCallbacksRefusedE1E19D49",
  "ChatEventsMonitoringAlarmsSilenceA94FE4CD",
  "ChatEventsMonitoringAlarmsSlowReplies4B453CCB",
  "ChatEventsMonitoringAlarmsStandbyBehindABAF844E",
  "ChatEventsMonitoringAlarmsStandbyInUse5567A415",
];

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
    ["an existing queue", withOwnQueue, { ...ALARMS, "Consumers behind": `${oldest("Mine")} >= 900, 1 of 1` }],
    ["an existing bus", withOwnBus, { ...ALARMS, ...matchNothing("mine") }],
    [
      "silence asked for",
      () => synthesise({ alarmOnSilence: Duration.hours(12) }),
      { ...withQueue("FifoQueue"), Silence: SILENCE },
    ],
    [
      "an existing handler",
      () => synthesise({ relayUrl: HANDLER }),
      { ...withQueue("FifoQueue"), "Relay failed": `${own("RelayFailed", "Sum of 300 s")} >= 1, 1 of 1` },
    ],
  ])("with %s are these", (_what, makeTemplate, expected) => {
    expect(alarms(makeTemplate())).toEqual(expected);
  });

  const RUNBOOK_URL = "https://wiki.example.com/chat";
  const template = everyAlarm();
  const all = allAlarms(template);

  test("all link to a heading of the runbook, and each of its alarm headings has an alarm", () => {
    const runbook = readFileSync(join(import.meta.dirname, "../../../docs/runbook.md"), "utf8");
    const [, part = ""] = runbook.split(/^## Alarms$/m);
    const headings = Array.from(part.split(/^## /m)[0]?.matchAll(/^### (.*)$/gm) ?? [], ([, heading = ""]) =>
      heading.toLowerCase().replaceAll(" ", "-"),
    );
    const links = all.map(({ AlarmDescription }) => / docs\/runbook\.md#([\w-]+)$/.exec(AlarmDescription)?.[1]);
    expect(new Set(links)).toEqual(new Set(headings));
  });

  test("say first what users notice and last where your runbook deals with it, so that a mail links it", () => {
    const withUrl = everyAlarm({ runbookUrl: RUNBOOK_URL });
    const notices =
      /^(Reads are (very )?(late|missing)( or late)?(, or moderation is missing)?|Users notice nothing yet|Messages may be late|If the token is wrong, all reads are missing; otherwise users notice nothing|Some reads are missing|All reads are missing(, unless there were none)?|Moderation or other work of the existing handler is missing): /;
    for (const { AlarmDescription } of allAlarms(withUrl)) {
      expect(AlarmDescription).toMatch(notices);
      expect(AlarmDescription.split(" ").at(-1)).toMatch(new RegExp(`^${RUNBOOK_URL}#[a-z-]+$`));
    }
  });

  test("on replies say what a failing handler means for users only while relaying, as they stop deployments", () => {
    const blaming = (template: Template) =>
      allAlarms(template)
        .filter(({ AlarmDescription }) => AlarmDescription.includes("perhaps because of the existing handler"))
        .map(({ AlarmName, AlarmDescription }) => `${nameOf(AlarmName)}: ${AlarmDescription.split(":")[0]}`);
    expect(blaming(template).sort()).toEqual([
      "Repeated server errors: Reads are missing or late, or moderation is missing",
      "Server errors: Reads are missing or late, or moderation is missing",
      "Slow replies: Messages may be late",
    ]);
    expect(blaming(synthesise())).toEqual([]);
  });

  test("have room for the longest names and URL that are valid", () => {
    const app = newApp();
    const stack = new Stack(app, "S".repeat(128));
    const scope = new Construct(stack, "c".repeat(200));
    const chatEvents = new TencentChatEvents(scope, "ChatEvents", {
      sdkAppId: SDK_APP_ID,
      destination: Destination.existingEventBus(EventBus.fromEventBusName(stack, "Mine", "mine")),
      relayUrl: HANDLER,
      alarmOnSilence: Duration.hours(167),
      runbookUrl: `https://${"a".repeat(492)}`,
    });
    chatEvents.subscribeToReadEvents(scope, "s".repeat(255), new SqsQueue(new Queue(stack, "Queue")));
    for (const { AlarmName, AlarmDescription } of allAlarms(Template.fromStack(stack))) {
      expect(AlarmName.length).toBeLessThanOrEqual(255);
      expect(AlarmDescription.length).toBeLessThanOrEqual(1_024);
    }
  });

  test("notify the topic when they fire and when they clear, except for those that others are made of", () => {
    const topic = { Ref: only(template, "AWS::SNS::Topic").logicalId };
    const notifying = all.filter(({ AlarmActions }) => AlarmActions !== undefined);
    for (const properties of notifying) expect(properties).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
    const quiet = all.filter((properties) => !notifying.includes(properties));
    expect(quiet.map(({ AlarmName }) => nameOf(AlarmName))).toEqual([
      "Repeated server errors",
      "Nothing matched",
      "Nothing stored",
    ]);
  });

  test("keep their logical ids, as CloudFormation cannot replace an alarm by another of the same name", () => {
    const logicalIds = ALARM_TYPES.flatMap((type) => Object.keys(template.findResources(type)));
    expect(logicalIds.sort()).toEqual(LOGICAL_IDS);
  });

  test("go to a topic that CloudWatch may publish to, for alarms of this account, over TLS", () => {
    template.resourceCountIs("AWS::KMS::Key", 0);
    const topic = { Ref: only(template, "AWS::SNS::Topic").logicalId };
    const [partition, region, account] = ["Partition", "Region", "AccountId"].map((name) => ({ Ref: `AWS::${name}` }));
    const anyAlarm = ["arn:", partition, ":cloudwatch:", region, ":", account, ":alarm:*"];
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
        Condition: {
          StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
          ArnLike: { "aws:SourceArn": { "Fn::Join": ["", anyAlarm] } },
        },
      },
    ]);
    template.resourceCountIs("AWS::SNS::Subscription", 0);
  });
});

describe("The name of an alarm", () => {
  const prefixes = (stack: Stack) => {
    const names = allAlarms(Template.fromStack(stack)).map(({ AlarmName }) => AlarmName);
    expect(new Set(names).size).toBe(names.length);
    return new Set(names.map((name) => name.split(" ")[0]));
  };
  const add = (scope: Construct, id: string) =>
    new TencentChatEvents(scope, id, { sdkAppId: SDK_APP_ID, destination: Destination.eventBus() });
  const subscribe = (chatEvents: TencentChatEvents, scope: Construct, id: string) =>
    chatEvents.subscribeToReadEvents(scope, id, new SqsQueue(new Queue(scope, `${id}Queue`)));

  test("begins with the stack's name, and with the construct's path if it is not the usual one", () => {
    const stack = new Stack(newApp(), "Chat");
    add(stack, "ChatEvents");
    add(stack, "Second");
    add(new Construct(stack, "Inner"), "ChatEvents");
    expect(prefixes(stack)).toEqual(new Set(["Chat", "Chat/Second", "Chat/Inner/ChatEvents"]));
  });

  test("of a subscription begins with its own stack and path", () => {
    const app = newApp();
    const stack = new Stack(app, "Chat");
    const consumers = new Stack(app, "Consumers");
    const chatEvents = add(stack, "ChatEvents");
    for (const scope of [stack, consumers]) subscribe(chatEvents, scope, "Alice");
    expect(prefixes(stack)).toEqual(new Set(["Chat", "Chat/Alice"]));
    expect(prefixes(consumers)).toEqual(new Set(["Consumers/Alice"]));
  });

  test("of a subscription in a nested stack is left out of the dashboard, which would refer to both in a circle", () => {
    const stack = new Stack(newApp(), "Chat");
    const nested = new NestedStack(stack, "Consumers");
    subscribe(add(stack, "ChatEvents"), nested, "Alice");
    const [parent, child] = [stack, nested].map((each) => Template.fromStack(each));
    expect(allAlarms(child as Template).map(({ AlarmName }) => shorten(AlarmName))).toEqual([
      expect.stringContaining("/Alice Dead letters"),
    ]);
    expect(JSON.stringify(parent?.findResources("AWS::CloudWatch::Dashboard"))).not.toContain("ConsumersNested");
  });
});
