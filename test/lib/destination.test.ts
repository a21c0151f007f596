import { Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import { TencentChatEvents } from "../../lib/tencent-chat-events.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { newApp, only, queueNamed, synthesise, variables } from "../support/stack.ts";

describe("The stack with a bus", () => {
  const template = synthesise({ destination: Destination.eventBus() });
  const bus = only(template, "AWS::Events::EventBus");

  test("tells the function the bus, and lets it put events there and nowhere else", () => {
    expect(variables(template)).toMatchObject({ EVENT_BUS_NAME: { Ref: bus.logicalId } });
    expect(variables(template)).not.toHaveProperty("QUEUE_URL");
    const { properties } = only(template, "AWS::IAM::Policy");
    const statements = (properties["PolicyDocument"] as { Statement: object[] }).Statement;
    expect(statements).toContainEqual({
      Action: "events:PutEvents",
      Effect: "Allow",
      Resource: { "Fn::GetAtt": [bus.logicalId, "Arn"] },
    });
    expect(statements).toContainEqual({
      Action: "sqs:SendMessage",
      Effect: "Allow",
      Resource: { "Fn::GetAtt": [queueNamed(template, "StandbyQueue"), "Arn"] },
    });
  });

  test("delivers read events to a standard queue, and what can't be delivered to a dead-letter queue", () => {
    const arn = (name: string) => ({ "Fn::GetAtt": [queueNamed(template, name), "Arn"] });
    const { properties } = only(template, "AWS::Events::Rule");
    expect(properties).toMatchObject({
      EventBusName: { Ref: bus.logicalId },
      EventPattern: { source: ["tencent.chat"], "detail-type": ["C2C.CallbackAfterMsgReport"] },
      State: "ENABLED",
    });
    expect(properties["Targets"]).toEqual([
      {
        Id: expect.any(String),
        Arn: arn("Queue"),
        DeadLetterConfig: { Arn: arn("RuleDeadLetterQueue") },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    ]);
    for (const queue of Object.values(template.findResources("AWS::SQS::Queue"))) {
      expect(queue["Properties"]).not.toHaveProperty("FifoQueue");
      expect(queue["Properties"]).toMatchObject({ SqsManagedSseEnabled: true });
    }
  });

  test("lets EventBridge send to both queues for this rule alone", () => {
    const { logicalId: rule } = only(template, "AWS::Events::Rule");
    for (const name of ["Queue", "RuleDeadLetterQueue"]) {
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

  test("archives the bus's events, under a name that no other stack has", () => {
    template.hasResourceProperties("AWS::Events::Archive", {
      SourceArn: { "Fn::GetAtt": [bus.logicalId, "Arn"] },
      EventPattern: { source: ["tencent.chat"] },
      RetentionDays: 14,
    });
    expect(bus.properties["Name"]).toBe("Stack-ChatEvents");
  });

  test("puts out the bus and the queue", () => {
    const outputs = Object.keys(template.findOutputs("*")).sort();
    expect(outputs).toEqual(["CallbackUrl", "EventBusName", "QueueUrl", "TokenSecretArn"]);
  });
});

describe("The stack with a destination that is there already", () => {
  function synthesiseWith(makeDestination: (scope: Stack) => Destination): Template {
    const app = newApp();
    const stack = new Stack(app, "Own");
    new TencentChatEvents(stack, "ChatEvents", { sdkAppId: SDK_APP_ID, destination: makeDestination(stack) });
    return Template.fromStack(stack);
  }

  test("sends to that queue and makes none but standby", () => {
    const template = synthesiseWith((stack) => Destination.existingQueue(new Queue(stack, "Mine", { fifo: true })));
    const mine = Object.keys(template.findResources("AWS::SQS::Queue")).find((id) => id.startsWith("Mine")) ?? "";
    expect(variables(template)).toMatchObject({ QUEUE_URL: { Ref: mine } });
    template.resourceCountIs("AWS::SQS::Queue", 2);
    expect(JSON.stringify(template.findResources("AWS::IAM::Policy"))).toContain(mine);
  });

  test("may use that queue's customer-managed key, as far as sending takes it", () => {
    const template = synthesiseWith((stack) =>
      Destination.existingQueue(new Queue(stack, "Mine", { encryption: QueueEncryption.KMS })),
    );
    const key = only(template, "AWS::KMS::Key");
    const { properties } = only(template, "AWS::IAM::Policy");
    expect((properties["PolicyDocument"] as { Statement: object[] }).Statement).toContainEqual({
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Effect: "Allow",
      Resource: { "Fn::GetAtt": [key.logicalId, "Arn"] },
    });
  });

  test("puts events on that bus and makes neither rule nor queue but standby", () => {
    const template = synthesiseWith((stack) =>
      Destination.existingEventBus(EventBus.fromEventBusName(stack, "Mine", "my-bus")),
    );
    expect(variables(template)).toMatchObject({ EVENT_BUS_NAME: "my-bus" });
    template.resourceCountIs("AWS::SQS::Queue", 1);
    template.resourceCountIs("AWS::Events::Rule", 0);
    expect(JSON.stringify(template.findResources("AWS::IAM::Policy"))).toContain(":event-bus/my-bus");
  });
});
