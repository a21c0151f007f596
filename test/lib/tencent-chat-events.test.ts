import { Duration, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { AccountRootPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import { ReadEventsSubscription } from "../../lib/read-events-subscription.ts";
import { TencentChatEvents } from "../../lib/tencent-chat-events.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { getAtt, newApp, only, queueNamed, synthesiseIn } from "../support/stack.ts";

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
