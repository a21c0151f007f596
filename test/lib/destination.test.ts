import { Duration, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { AccountRootPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import { ReadEventsSubscription } from "../../lib/read-events-subscription.ts";
import { TencentChatEvents } from "../../lib/tencent-chat-events.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
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

describe("subscribeToReadEvents", () => {
  const destination = Destination.eventBus();

  test("creates a rule for some read events, a dead-letter queue and an alarm", () => {
    const template = synthesiseIn(
      () => ({ destination }),
      (chatEvents, stack) => {
        const target = new SqsQueue(new Queue(stack, "Mine"));
        chatEvents.subscribeToReadEvents(stack, "Vip", target, { detail: { data: { Report_Account: ["alice"] } } });
      },
    );
    const [deadLetters = ""] = Object.keys(template.findResources("AWS::SQS::Queue")).filter((id) =>
      id.startsWith("VipDeadLetterQueue"),
    );
    const rule = only(template, "AWS::Events::Rule", {
      EventPattern: {
        source: ["tencent.chat"],
        "detail-type": ["C2C.CallbackAfterMsgReport"],
        detail: { data: { Report_Account: ["alice"] } },
      },
    });
    expect(rule.properties["EventBusName"]).toEqual({ Ref: only(template, "AWS::Events::EventBus").logicalId });
    expect(rule.properties["Targets"]).toMatchObject([
      { DeadLetterConfig: { Arn: getAtt(deadLetters) }, RetryPolicy: { MaximumEventAgeInSeconds: 86_400 } },
    ]);
    template.hasResourceProperties("AWS::SQS::QueuePolicy", {
      Queues: [{ Ref: deadLetters }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: "events.amazonaws.com" },
            Condition: { ArnEquals: { "aws:SourceArn": getAtt(rule.logicalId) } },
          }),
        ]),
      },
    });
    const alarm = only(template, "AWS::CloudWatch::Alarm", {
      Dimensions: [{ Name: "QueueName", Value: getAtt(deadLetters, "QueueName") }],
    });
    expect(alarm.properties["AlarmDescription"]).toContain("docs/runbook.md#dead-letters");
  });

  test.each([
    ["the construct's retention", {}, 7],
    ["its own retention", { retention: Duration.days(5) }, 5],
  ])("keeps dead letters for %s", (_which, options, days) => {
    const template = synthesiseIn(
      () => ({ destination, retention: Duration.days(3) }),
      (chatEvents, stack) =>
        chatEvents.subscribeToReadEvents(stack, "Reads", new SqsQueue(new Queue(stack, "Mine")), options),
    );
    const queues = Object.entries(template.findResources("AWS::SQS::Queue"));
    const own = queues.filter(([id]) => id.startsWith("ReadsDeadLetterQueue"));
    expect(own.map(([, { Properties }]) => Properties.MessageRetentionPeriod)).toEqual([days * 86_400]);
  });

  test("keeps a target's own retries, and works with an imported bus", () => {
    const stack = new Stack(newApp(), "Own");
    const target = new SqsQueue(new Queue(stack, "Mine"), { retryAttempts: 3 });
    new ReadEventsSubscription(stack, "Reads", { eventBus: EventBus.fromEventBusName(stack, "Bus", "bus"), target });
    const template = Template.fromStack(stack);
    const { properties } = only(template, "AWS::Events::Rule", { EventBusName: "bus" });
    expect(properties["EventPattern"]).toEqual({
      source: ["tencent.chat"],
      "detail-type": ["C2C.CallbackAfterMsgReport"],
    });
    expect(properties["Targets"]).toMatchObject([{ RetryPolicy: { MaximumRetryAttempts: 3 } }]);
    template.hasResourceProperties("AWS::SQS::Queue", { MessageRetentionPeriod: 14 * 86_400 });
  });

  test("works from another stack", () => {
    const app = newApp();
    const [own, other] = [new Stack(app, "Own"), new Stack(app, "Other")];
    const chatEvents = new TencentChatEvents(own, "ChatEvents", { sdkAppId: SDK_APP_ID, destination });
    chatEvents.subscribeToReadEvents(other, "Reads", new SqsQueue(new Queue(other, "Mine")));
    const template = Template.fromStack(other);
    template.resourceCountIs("AWS::Events::Rule", 1);
    template.resourceCountIs("AWS::SQS::Queue", 2);
    template.resourceCountIs("AWS::CloudWatch::Alarm", 1);
    Template.fromStack(own).resourceCountIs("AWS::Events::Rule", 1);
  });

  test("refuses a target with its own dead-letter queue, as one of the two would be ignored", () => {
    const subscribe = () =>
      synthesiseIn(
        () => ({ destination }),
        (chatEvents, stack) => {
          const deadLetterQueue = new Queue(stack, "Dead");
          chatEvents.subscribeToReadEvents(stack, "Reads", new SqsQueue(new Queue(stack, "Mine"), { deadLetterQueue }));
        },
      );
    expect(subscribe).toThrow("The target of Reads has its own dead-letter queue: leave it out");
  });

  test("needs a bus", () => {
    const subscribe = () =>
      synthesiseIn(
        () => ({}),
        (chatEvents, stack) => chatEvents.subscribeToReadEvents(stack, "Reads", new SqsQueue(new Queue(stack, "Mine"))),
      );
    expect(subscribe).toThrow(
      "Own/ChatEvents has no bus to subscribe Reads to: set destination to Destination.eventBus(), or consume from its queue",
    );
  });
});

describe("grantConsumeEvents", () => {
  test("lets a role receive from the queue", () => {
    const template = synthesiseIn(
      () => ({}),
      (chatEvents, stack) => {
        chatEvents.grantConsumeEvents(new Role(stack, "Consumer", { assumedBy: new AccountRootPrincipal() }));
      },
    );
    template.hasResourceProperties("AWS::IAM::Policy", {
      PolicyName: Match.stringLikeRegexp("^Consumer"),
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Action: Match.arrayWith(["sqs:DeleteMessage", "sqs:ReceiveMessage"]),
            Resource: getAtt(queueNamed(template, "FifoQueue")),
          }),
        ],
      },
    });
  });

  test("needs a queue", () => {
    const grant = () =>
      synthesiseIn(
        (stack) => ({ destination: Destination.existingEventBus(EventBus.fromEventBusName(stack, "Mine", "my-bus")) }),
        (chatEvents) => chatEvents.grantConsumeEvents(new AccountRootPrincipal()),
      );
    expect(grant).toThrow(
      "Own/ChatEvents has no queue, as its destination is an existing bus: subscribe to the bus instead",
    );
  });
});

describe("The names that CloudFormation makes up for FIFO queues", () => {
  const warnings = (stackName: string, destination: Destination) => {
    const stack = new TencentChatEventsStack(newApp(), stackName, { sdkAppId: SDK_APP_ID, destination });
    return Annotations.fromStack(stack).findWarning("*", Match.stringLikeRegexp("FIFO queue a name of more than 80"));
  };
  const fifo = Destination.fifoQueue();

  test.each([`TencentChatEvents-${SDK_APP_ID}`, `ChatEventsInteg-${SDK_APP_ID}`])("fit in the stack %s", (name) => {
    expect(warnings(name, fifo)).toEqual([]);
  });

  test("cause a warning where they may not fit, as the deployment would fail", () => {
    const name = "A-stack-name-that-leaves-no-room-for-others";
    expect(warnings(name, fifo)).toMatchObject([
      { entry: { data: expect.stringMatching(/stack name of at most \d+ characters \(now 43\)/) } },
    ]);
    expect(warnings(name, Destination.standardQueue())).toEqual([]);
  });
});
