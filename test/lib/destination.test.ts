import { Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import { TencentChatEvents } from "../../lib/tencent-chat-events.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import {
  getAtt,
  NEW_DESTINATIONS,
  named,
  newApp,
  only,
  queueNamed,
  synthesise,
  synthesiseIn,
  variables,
} from "../support/stack.ts";

describe("The stack with a bus", () => {
  const template = synthesise({ destination: Destination.eventBus() });
  const bus = only(template, "AWS::Events::EventBus");

  test("tells the function the bus, and no queue", () => {
    expect(variables(template)).toMatchObject({ EVENT_BUS_NAME: { Ref: bus.logicalId } });
    expect(variables(template)).not.toHaveProperty("QUEUE_URL");
  });

  test("delivers all events, whatever is forwarded, to a standard queue, and undeliverable ones to a dead-letter queue", () => {
    const arn = (name: string) => getAtt(queueNamed(template, name));
    const { properties } = only(template, "AWS::Events::Rule");
    expect(properties).toMatchObject({
      EventBusName: { Ref: bus.logicalId },
      EventPattern: { source: ["tencent.chat"] },
      State: "ENABLED",
    });
    expect(properties["Targets"]).toEqual([
      {
        Id: expect.any(String),
        Arn: arn("EventBusQueue"),
        DeadLetterConfig: { Arn: arn("ReadEventsDeadLetterQueue") },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    ]);
    for (const queue of Object.values(template.findResources("AWS::SQS::Queue"))) {
      expect(queue["Properties"]).not.toHaveProperty("FifoQueue");
      expect(queue["Properties"]).toMatchObject({ SqsManagedSseEnabled: true });
    }
  });

  test("lets EventBridge send to both queues only for this rule", () => {
    const { logicalId: rule } = only(template, "AWS::Events::Rule");
    for (const name of ["EventBusQueue", "ReadEventsDeadLetterQueue"]) {
      const queue = queueNamed(template, name);
      template.hasResourceProperties("AWS::SQS::QueuePolicy", {
        Queues: [{ Ref: queue }],
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Action: Match.anyValue(),
              Effect: "Allow",
              Principal: { Service: "events.amazonaws.com" },
              Condition: { ArnEquals: { "aws:SourceArn": { "Fn::GetAtt": [rule, "Arn"] } } },
              Resource: { "Fn::GetAtt": [queue, "Arn"] },
            }),
          ]),
        },
      });
    }
  });

  test("archives the bus's events for 14 days", () => {
    template.hasResourceProperties("AWS::Events::Archive", {
      SourceArn: { "Fn::GetAtt": [bus.logicalId, "Arn"] },
      EventPattern: { source: ["tencent.chat"] },
      RetentionDays: 14,
    });
  });

  test("has the name that CloudFormation makes up for its queue, so that a new bus never meets one that was retained", () => {
    expect(bus.properties["Name"]).toEqual(getAtt(queueNamed(template, "EventBusQueue"), "QueueName"));
  });

  test("has outputs for the bus and the queue", () => {
    const outputs = Object.keys(template.findOutputs("*")).sort();
    expect(outputs).toEqual(expect.arrayContaining(["EventBusName", "QueueArn", "QueueUrl"]));
  });
});

describe("The stack with an existing destination", () => {
  const grants = (template: Template, kind: string) =>
    JSON.stringify(named(template, "AWS::IAM::Policy", `CallbackFunctionPublishToExisting${kind}`).properties);

  test("sends to that queue, and creates only the standby queues", () => {
    const template = synthesiseIn((stack) => ({
      destination: Destination.existingQueue(new Queue(stack, "Mine", { fifo: true })),
    }));
    const mine = Object.keys(template.findResources("AWS::SQS::Queue")).find((id) => id.startsWith("Mine")) ?? "";
    expect(variables(template)).toMatchObject({ QUEUE_URL: { Ref: mine } });
    template.resourceCountIs("AWS::SQS::Queue", 3);
    expect(grants(template, "Queue")).toContain(mine);
  });

  test("may use that queue's customer-managed key, but only to send", () => {
    const template = synthesiseIn((stack) => ({
      destination: Destination.existingQueue(new Queue(stack, "Mine", { encryption: QueueEncryption.KMS })),
    }));
    const [key = ""] = Object.keys(template.findResources("AWS::KMS::Key")).filter((id) => id.startsWith("Mine"));
    expect(grants(template, "Queue")).toContain(
      JSON.stringify({ Action: ["kms:Decrypt", "kms:GenerateDataKey"], Effect: "Allow", Resource: getAtt(key) }),
    );
  });

  test("puts events on that bus, and creates no rule and only the standby queues", () => {
    const template = synthesiseIn((stack) => ({
      destination: Destination.existingEventBus(EventBus.fromEventBusName(stack, "Mine", "my-bus")),
    }));
    expect(variables(template)).toMatchObject({ EVENT_BUS_NAME: "my-bus" });
    template.resourceCountIs("AWS::SQS::Queue", 2);
    template.resourceCountIs("AWS::Events::Rule", 0);
    expect(grants(template, "EventBus")).toContain(":event-bus/my-bus");
  });
});

describe("The stack with a bus of its own account", () => {
  test.each([
    ["that CloudFormation knows", {}],
    ["that is given", { env: { account: "111111111111", region: "us-east-1" } }],
  ])("%s identifies it by its name, and watches its metrics", (_how, stackProps) => {
    const stack = new Stack(newApp(), "Own", stackProps);
    const arn = stack.formatArn({ service: "events", resource: "event-bus", resourceName: "mine" });
    const destination = Destination.existingEventBus(EventBus.fromEventBusArn(stack, "Mine", arn));
    new TencentChatEvents(stack, "ChatEvents", { sdkAppId: SDK_APP_ID, destination });
    const template = Template.fromStack(stack);
    expect(variables(template)).not.toMatchObject({ EVENT_BUS_NAME: stack.resolve(arn) });
    expect(JSON.stringify(template.findResources("AWS::CloudWatch::Alarm"))).toContain("MatchedEvents");
  });
});

describe("The stack with another account's bus", () => {
  test("identifies it by its ARN, as a name would mean a bus of this account, and watches none of its metrics", () => {
    const arn = "arn:aws:events:us-east-1:222222222222:event-bus/central";
    const template = synthesiseIn((stack) => ({
      destination: Destination.existingEventBus(EventBus.fromEventBusArn(stack, "Central", arn)),
    }));
    expect(variables(template)).toMatchObject({ EVENT_BUS_NAME: arn });
    expect(JSON.stringify(template.findResources("AWS::CloudWatch::Alarm"))).not.toContain("MatchedEvents");
  });
});

describe("A change of the destination", () => {
  test("creates another queue, policy and version, so that the old version works until the last callback", () => {
    const kinds = NEW_DESTINATIONS.map((kind) => {
      const template = synthesise({ destination: Destination[kind]() });
      const ids = (type: string, filter: RegExp) =>
        Object.keys(template.findResources(type)).filter((id) => filter.test(id));
      return [
        ...ids("AWS::SQS::Queue", /Queue/).filter((id) => !id.includes("Standby")),
        ...ids("AWS::IAM::Policy", /PublishTo/),
        ...ids("AWS::Lambda::Version", /./),
      ];
    });
    const all = kinds.flat();
    expect(new Set(all).size).toBe(all.length);
  });
});
