import { Template } from "aws-cdk-lib/assertions";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { NEW_DESTINATIONS, newApp, synthesise, synthesiseIn } from "../support/stack.ts";

/** Resources that may hold an accepted event, or without which one could not be delivered or would not be protected. */
const HOLD_EVENTS: Readonly<Record<string, string>> = {
  "AWS::SQS::Queue": "events, requests to be judged, dead letters",
  "AWS::SQS::QueuePolicy": "demands TLS, and admits what EventBridge still delivers",
  "AWS::Events::EventBus": "events that EventBridge still tries to deliver, for a day",
  "AWS::Events::Rule": "leads those events to their queue",
  "AWS::Events::Archive": "every event, for replays",
  "AWS::Logs::LogGroup": "events that no queue took",
};

/** Resources that hold no event. A resource of a new type has to be put into one of these lists. */
const HOLD_NONE: readonly string[] = [
  "AWS::ApiGatewayV2::Api",
  "AWS::ApiGatewayV2::ApiMapping",
  "AWS::ApiGatewayV2::DomainName",
  "AWS::ApiGatewayV2::Integration",
  "AWS::ApiGatewayV2::Route",
  "AWS::ApiGatewayV2::Stage",
  "AWS::CloudWatch::Alarm",
  "AWS::CloudWatch::CompositeAlarm",
  "AWS::CloudWatch::Dashboard",
  "AWS::CodeDeploy::Application",
  "AWS::CodeDeploy::DeploymentGroup",
  "AWS::IAM::Policy",
  "AWS::IAM::Role",
  "AWS::Lambda::Alias",
  "AWS::Lambda::EventSourceMapping",
  "AWS::Lambda::Function",
  "AWS::Lambda::Permission",
  "AWS::Lambda::Version",
  "AWS::Logs::MetricFilter",
  "AWS::SecretsManager::Secret",
  "AWS::SNS::Subscription",
  "AWS::SNS::Topic",
  "AWS::SNS::TopicPolicy",
];

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

const resourcesOf = (template: Template) =>
  Object.entries((template.toJSON() as { Resources: Record<string, Resource> }).Resources);

const ALL_SETTINGS = {
  domain: { domainName: "callbacks.example.com", certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/1" },
  alarmEmail: "operator@example.com",
  relayUrl: "https://chat.example.com/callback",
};

describe("CloudFormation keeps every resource that may hold an event", () => {
  test.each(NEW_DESTINATIONS)("with %s, on an update, a deletion and any rollback", (kind) => {
    for (const [logicalId, resource] of resourcesOf(
      synthesise({ destination: Destination[kind](), ...ALL_SETTINGS }),
    )) {
      const { Type, DeletionPolicy, UpdateReplacePolicy } = resource;
      if (HOLD_NONE.includes(Type)) continue;
      expect(HOLD_EVENTS, `${logicalId}: does a ${Type} hold events?`).toHaveProperty([Type]);
      // `RetainExceptOnCreate` deletes a resource when the deployment that created it is rolled back.
      expect({ logicalId, DeletionPolicy, UpdateReplacePolicy }).toEqual({
        logicalId,
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
      });
    }
  });

  test("in a subscription, its dead letters; its rule goes with it", () => {
    const template = synthesiseIn(
      () => ({ destination: Destination.eventBus() }),
      (chatEvents, stack) => chatEvents.subscribeToReadEvents(stack, "Reads", new SqsQueue(new Queue(stack, "Mine"))),
    );
    const own = resourcesOf(template).filter(([id, { Type }]) => id.startsWith("Reads") && !HOLD_NONE.includes(Type));
    expect(own.map(([, { Type, DeletionPolicy }]) => `${Type} ${DeletionPolicy}`).sort()).toEqual([
      // A rule that outlived its subscription would go on sending to a target that nobody expects events at.
      "AWS::Events::Rule undefined",
      "AWS::SQS::Queue Retain",
      "AWS::SQS::QueuePolicy Retain",
    ]);
  });
});

describe("A deployment that creates such a resource again", () => {
  test.each(NEW_DESTINATIONS)("with %s never collides with the name of one that was kept", (kind) => {
    const named = resourcesOf(synthesise({ destination: Destination[kind]() })).filter(
      ([, { Type, Properties }]) =>
        Type in HOLD_EVENTS &&
        Object.entries(Properties).some(([key, value]) => /Name$/.test(key) && !isGenerated(key, value)),
    );
    expect(named).toEqual([]);
  });
});

/** Whether a name holds one that CloudFormation or AWS makes up, or names a parent instead of the resource itself. */
function isGenerated(key: string, value: unknown): boolean {
  return typeof value === "object" || key === "EventBusName";
}

/** Names within a parent, or names of AWS's. */
const RELATIVE_NAME =
  /^(AWS::Lambda::Alias\.Name|.*\.(StageName|MetricName|DisplayName|DeploymentConfigName|PolicyName))$/;

/** The names that the template fixes, as opposed to those that CloudFormation makes up. */
const fixedNames = (template: Template) =>
  resourcesOf(template).flatMap(([, { Type, Properties }]) =>
    Object.entries(Properties).flatMap(([key, value]) =>
      /Name$/.test(key) && typeof value === "string" && !RELATIVE_NAME.test(`${Type}.${key}`) ? [value] : [],
    ),
  );

describe("Stacks of the same app in one region", () => {
  test("share no name", () => {
    const props = { sdkAppId: SDK_APP_ID, destination: Destination.eventBus() };
    const [test = [], live = []] = ["Test", "Live"].map((name) =>
      fixedNames(Template.fromStack(new TencentChatEventsStack(newApp(), name, props))),
    );
    expect(test.length).toBeGreaterThan(0);
    expect(test.filter((name) => live.includes(name))).toEqual([]);
  });
});
