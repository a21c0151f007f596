import { Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import { Destination } from "../../../lib/destination.ts";
import { TencentChatEvents } from "../../../lib/tencent-chat-events.ts";
import { REFUSAL_REASONS } from "../../../tencent/refusal.ts";
import { SDK_APP_ID } from "../../support/callbacks.ts";
import { getAtt, newApp, only, queueNamed, synthesise, synthesiseIn } from "../../support/stack.ts";

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly markdown?: string;
    readonly title?: string;
    readonly alarms?: readonly string[];
    readonly metrics?: readonly unknown[][];
    readonly view?: string;
    readonly yAxis?: unknown;
    readonly annotations?: { readonly horizontal: readonly { readonly value: number }[] };
    readonly setPeriodToTimeRange?: boolean;
  };
}

/** The dashboard's widgets, from top to bottom; values that CloudFormation fills in are `?`. */
function widgets(template: Template): Widget[] {
  const { properties } = only(template, "AWS::CloudWatch::Dashboard");
  const { "Fn::Join": join } = properties["DashboardBody"] as { "Fn::Join": [string, unknown[]] };
  const text = join[1].map((part) => (typeof part === "string" ? part : "?")).join("");
  const { widgets } = JSON.parse(text) as { widgets: Widget[] };
  return widgets.sort((one, other) => one.y - other.y || one.x - other.x);
}

const headings = (template: Template) =>
  widgets(template).flatMap(({ type, properties }) => (type === "text" ? [properties.markdown] : []));

/** The metrics of each widget with metrics, by its title. */
function metricsOf(template: Template): Record<string, string> {
  const drawn = widgets(template).filter(({ type }) => type === "metric");
  return Object.fromEntries(
    drawn.map(({ properties: { title = "", metrics = [] } }) => [
      title,
      metrics.map((line) => `${line[1]} ${(line.at(-1) as { stat: string }).stat}`).join(", "),
    ]),
  );
}

/** The horizontal lines of all graphs, each with its graph's title. */
const linesIn = (template: Template) =>
  widgets(template).flatMap(({ properties: { title, annotations } }) =>
    (annotations?.horizontal ?? []).map(({ value }) => [title, value]),
  );

const labelsOf = (template: Template, title: string) => {
  const widget = widgets(template).find(({ properties }) => properties.title === title);
  return widget?.properties.metrics?.map((line) => (line.at(-1) as { label: string }).label);
};

const withBus = () => synthesise({ destination: Destination.eventBus() });
const withOwnBus = () =>
  synthesiseIn((stack) => ({
    destination: Destination.existingEventBus(EventBus.fromEventBusName(stack, "Mine", "mine")),
  }));

const withHandler = () => synthesise({ relayUrl: "https://chat.example.com/callback" });

const visible = (count: number) => Array(count).fill("ApproximateNumberOfMessagesVisible Maximum").join(", ");
const COMMON = {
  "In the time shown": "Genuine Sum, Accepted Sum, Refused Sum, 5xx Sum, NotStored Sum",
  Requests: "Count Sum",
  "Turned away before the function": "ThrottledCallbacks Sum, Throttles Sum",
  "Lag: milliseconds from the read to its receipt": "Lag p50, Lag p90, Lag p99",
  "Genuine callbacks": "Genuine Sum, Accepted Sum",
  "Not answered OK": "Refused Sum, 5xx Sum, Errors Sum",
  "Refusals by reason": REFUSAL_REASONS.map(() => "Refused Sum").join(", "),
  "Reply, in milliseconds": "Latency p50, Latency p90, Latency p99",
  "Function, in milliseconds": "Duration p50, Duration p90, Duration p99",
  "Storing an event, in milliseconds": "PublishTime p50, PublishTime p90, PublishTime p99",
  "Standby queue": `Standby Sum, Parked Sum, Republished Sum, ${visible(1)}`,
};
const lost = (deadLetterQueues: number) => ({
  "Lost unless somebody acts": `NotStored Sum, RefusedSigned Sum, NotParked Sum, ${visible(deadLetterQueues)}`,
});
const OLDEST = "ApproximateAgeOfOldestMessage Maximum";
const withQueue = (deadLetterQueues: number) => ({
  Now: `${visible(1)}, ${OLDEST}, ${visible(1 + deadLetterQueues)}`,
  "Events for consumers": `${visible(1)}, ApproximateNumberOfMessagesNotVisible Maximum`,
  "Age of the oldest, in seconds": OLDEST,
  ...lost(deadLetterQueues),
});
const MATCHED = { "Events that the bus has a subscriber for": "MatchedEvents Sum" };
const RELAYING = {
  "Relayed callbacks": "Relayed Sum, RelayFailed Sum",
  "The handler's reply, in milliseconds": "RelayTime p50, RelayTime p90, RelayTime p99",
};

describe("The dashboard", () => {
  test.each([
    ["a queue", () => synthesise(), { ...COMMON, ...withQueue(2) }],
    ["a bus", withBus, { ...COMMON, ...MATCHED, ...withQueue(3) }],
    ["an existing handler", withHandler, { ...COMMON, ...withQueue(2), ...RELAYING }],
    ["an existing bus", withOwnBus, { ...COMMON, ...MATCHED, Now: visible(2), ...lost(1) }],
  ])("with %s shows these metrics", (_what, makeTemplate, expected) => {
    expect(metricsOf(makeTemplate())).toEqual(expected);
  });

  test("shows alarms and numbers, then answers an operator's questions, in full rows", () => {
    const rows = new Map<number, Widget[]>();
    for (const widget of widgets(withBus())) rows.set(widget.y, [...(rows.get(widget.y) ?? []), widget]);
    const layout = Array.from(rows.values(), (row) => {
      let end = 0;
      for (const { x, width } of row) {
        expect(x).toBe(end);
        end += width;
      }
      expect(end).toBe(24);
      return row.map(({ type, properties }) => (type === "text" ? properties.markdown : (properties.view ?? type)));
    });
    const graphs = (count: number) => Array(count).fill("timeSeries");
    expect(layout).toEqual([
      ["# Stack · docs/runbook.md#alarms"],
      ["alarm"],
      ["singleValue", "singleValue"],
      ["## Is anything lost? · docs/runbook.md#dead-letters"],
      graphs(2),
      ["## Are callbacks arriving? · docs/runbook.md#silence"],
      graphs(3),
      ["## Are they accepted? · docs/runbook.md#server-errors"],
      graphs(2),
      ["## Why are they refused? · docs/runbook.md#refusals"],
      graphs(1),
      ["## How fast? · docs/runbook.md#slow-replies"],
      graphs(3),
      ["## Is anything waiting? · docs/runbook.md#standby-behind"],
      graphs(3),
    ]);
  });

  test("asks about the existing handler if there is one, and shows how long it and Tencent have", () => {
    const question = "## Does the existing handler accept them? · docs/runbook.md#relay-failed";
    expect(headings(synthesise())).not.toContain(question);
    const template = withHandler();
    expect(headings(template)).toContain(question);
    expect(linesIn(template)).toEqual([
      ["The handler's reply, in milliseconds", 1_600],
      ["The handler's reply, in milliseconds", 2_000],
      ["Reply, in milliseconds", 1_500],
      ["Reply, in milliseconds", 2_000],
    ]);
  });

  test("links your runbook", () => {
    const runbookUrl = "https://wiki.example.com/chat";
    expect(headings(synthesise({ runbookUrl }))).toEqual(
      headings(synthesise()).map((heading) =>
        heading?.replace(/docs\/runbook\.md(#[a-z-]+)$/, `[Runbook](${runbookUrl}$1)`),
      ),
    );
  });

  test("shows every alarm that notifies", () => {
    const template = withBus();
    const notifying = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"].flatMap((type) =>
      Object.entries(template.findResources(type)).filter(([, { Properties }]) => Properties.AlarmActions),
    );
    const { properties } = only(template, "AWS::CloudWatch::Dashboard");
    for (const [logicalId] of notifying)
      expect(JSON.stringify(properties)).toContain(JSON.stringify(getAtt(logicalId)));
    expect(widgets(template).find(({ type }) => type === "alarm")?.properties.alarms?.length).toBe(notifying.length);
  });

  test("has axes that begin at zero, and lines where replies become slow and where Tencent gives up", () => {
    const graphs = widgets(withBus()).filter(({ properties }) => properties.view === "timeSeries");
    for (const { properties } of graphs) expect(properties.yAxis).toMatchObject({ left: { min: 0 } });
    expect(linesIn(withBus())).toEqual([
      ["Reply, in milliseconds", 1_500],
      ["Reply, in milliseconds", 2_000],
    ]);
  });

  test("has numbers of all the time shown, and of now", () => {
    const numbers = widgets(withBus()).filter(({ properties }) => properties.view === "singleValue");
    expect(numbers.map(({ properties: { title, setPeriodToTimeRange } }) => [title, setPeriodToTimeRange])).toEqual([
      ["In the time shown", true],
      ["Now", undefined],
    ]);
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
      "EventBusQueueDlq",
      "ReadEventsDeadLetterQueue",
      "StandbyDeadLetterQueue",
    ]) {
      expect(JSON.stringify(properties)).toContain(JSON.stringify(getAtt(queueNamed(template, name), "QueueName")));
    }
  });
});

/** The construct in a stack of its own. */
function create() {
  const app = newApp();
  const stack = new Stack(app, "Chat");
  const props = { sdkAppId: SDK_APP_ID, destination: Destination.eventBus() };
  return { app, stack, chatEvents: new TencentChatEvents(stack, "ChatEvents", props) };
}

describe("A subscription's dead letters are on the dashboard", () => {
  const subscribe = (chatEvents: TencentChatEvents, stack: Stack, id: string) =>
    chatEvents.subscribeToReadEvents(stack, id, new SqsQueue(new Queue(stack, `${id}Queue`)));

  test("as an alarm and in a graph", () => {
    const { stack, chatEvents } = create();
    const before = widgets(Template.fromStack(create().stack)).find(({ type }) => type === "alarm");
    subscribe(chatEvents, stack, "Alice");
    const template = Template.fromStack(stack);
    expect(labelsOf(template, "Lost unless somebody acts")?.at(-1)).toBe("dead letters of subscription Alice");
    const after = widgets(template).find(({ type }) => type === "alarm");
    expect(after?.properties.alarms?.length).toBe((before?.properties.alarms?.length ?? 0) + 1);
  });

  test("as an alarm if it is in another stack, which needs this one, so that nothing here may refer to it", () => {
    const { app, stack, chatEvents } = create();
    subscribe(chatEvents, new Stack(app, "Consumers"), "Bob");
    const template = Template.fromStack(stack);
    const { alarms = [] } = widgets(template).find(({ type }) => type === "alarm")?.properties ?? {};
    expect(alarms.at(-1)).toBe("arn:?:cloudwatch:?:?:alarm:Consumers/Bob Dead letters");
    expect(labelsOf(template, "Lost unless somebody acts")?.at(-1)).toBe("dead letters of standby");
    expect(stack.dependencies).toEqual([]);
  });
});
