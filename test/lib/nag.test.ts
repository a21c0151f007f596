import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { newApp } from "../support/stack.ts";

/** Findings that are acceptable, and why. */
interface Exception {
  /** The resource's path below the construct `ChatEvents`. */
  readonly path: string;
  readonly rules: readonly string[];
  readonly reason: string;
}

const COMMON: readonly Exception[] = [
  {
    path: "Token/Resource",
    rules: ["AwsSolutions-SMG4"],
    reason:
      "Nothing can put a new token into Tencent's console: rotation is a person's step, and both tokens are valid",
  },
  {
    path: "Endpoint/Api/POST--callback/Resource",
    rules: ["AwsSolutions-APIG4"],
    reason: "Tencent can't sign for API Gateway; the function verifies Tencent's own signature",
  },
  {
    path: "Endpoint/Stage/Resource",
    rules: ["Serverless-APIGWStructuredLogging"],
    reason:
      "The same four fields as JSON cost almost twice as much, and Logs Insights splits the line with one command",
  },
  {
    path: "StandbyDeadLetterQueue/Resource",
    rules: ["Serverless-SQSRedrivePolicy"],
    reason: "It is a dead-letter queue",
  },
  {
    path: "Republishing/StandbyMessages/Resource",
    rules: ["Serverless-LambdaEventSourceMappingDestination"],
    reason: "Queues have no such destination: what fails goes to the standby queue's dead-letter queue",
  },
  {
    path: "Republishing/Function/Resource",
    rules: ["Serverless-LambdaDLQ", "Serverless-LambdaTracing"],
    reason:
      "Its messages stay on the standby queue, which has a dead-letter queue, until they are dealt with; nobody waits " +
      "for milliseconds",
  },
  {
    path: "CallbackFunction/Resource",
    rules: ["Serverless-LambdaDLQ", "Serverless-LambdaTracing"],
    reason:
      "API Gateway invokes it synchronously, so Lambda would never use a dead-letter queue; tracing is a start-up cost " +
      "inside Tencent's two seconds",
  },
  {
    path: "Deployment/Check/Resource",
    rules: ["Serverless-LambdaDLQ", "Serverless-LambdaTracing"],
    reason: "CodeDeploy waits for what it reports, and takes silence for a failure; nobody waits for milliseconds",
  },
  {
    path: "Deployment/Check/InvokeVersion/Resource",
    rules: ["AwsSolutions-IAM5[Resource::<ChatEventsCallbackFunction23DC17BF.Arn>:*]"],
    reason: "All versions of the one function: a policy that names the new one would have to spread before the check",
  },
  {
    path: "Deployment/Role/DefaultPolicy/Resource",
    rules: [
      "AwsSolutions-IAM5[Resource::<ChatEventsCallbackFunction23DC17BF.Arn>:*]",
      "AwsSolutions-IAM5[Resource::*]",
    ],
    reason:
      "All aliases of the one function, instead of AWS's managed policy with those of all functions; CodeDeploy asks for " +
      "the state of alarms in general, which reveals nothing but that",
  },
];

/** The exception for a destination's dead-letter queue. */
const deadLetters = (path: string): Exception => ({
  path: `${path}/Resource`,
  rules: ["Serverless-SQSRedrivePolicy"],
  reason: "It is a dead-letter queue",
});

const BUS: readonly Exception[] = [
  deadLetters("EventBusQueueDlq"),
  {
    path: "ReadEvents/DeadLetterQueue/Resource",
    rules: ["AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"],
    reason: "It is the dead-letter queue of a rule, which cdk-nag does not look at",
  },
];

const MAIL: Exception = {
  path: "Monitoring/AlarmTopic/Topic/operator@example.com/Resource",
  rules: ["Serverless-SNSRedrivePolicy"],
  reason: "An alarm that could not be mailed still shows in CloudWatch; nobody would look for it in a queue",
};

/** Settings that add or change resources, all at once. */
const SETTINGS: Partial<TencentChatEventsProps> = {
  forward: ["Group.*"],
  relayUrl: "https://chat.example.com/callback",
  allowedSourceCidrs: ["203.0.113.0/24"],
  retention: Duration.days(3),
  reservedConcurrentExecutions: 50,
  domain: {
    domainName: "callbacks.example.com",
    certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
  },
  alarmEmail: "operator@example.com",
  alarmOnSilence: Duration.hours(12),
  deployment: "linear",
};

/** CDK's report on the rules that a template breaks (https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html). */
interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

/** The rules of cdk-nag's two packs that a stack breaks, each with the resource's path. */
function findings(props: Partial<TencentChatEventsProps>): string[] {
  const app = newApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  new TencentChatEventsStack(app, "Stack", { sdkAppId: SDK_APP_ID, ...props });
  // There are always findings; the exception is only their text.
  expect(() => app.synth()).toThrow();
  const { pluginReports } = JSON.parse(readFileSync(join(app.outdir, "validation-report.json"), "utf8")) as Report;
  return pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${constructPath.replace("Stack/ChatEvents/", "")}: ${ruleName}`),
    ),
  );
}

describe("cdk-nag's AwsSolutions and Serverless rules", () => {
  test.each<[string, Partial<TencentChatEventsProps>, readonly Exception[]]>([
    ["a FIFO queue", {}, [deadLetters("FifoQueueDlq")]],
    [
      "a standard queue and many settings",
      { destination: Destination.standardQueue(), ...SETTINGS },
      [deadLetters("StandardQueueDlq"), MAIL],
    ],
    ["a bus and many settings", { destination: Destination.eventBus(), ...SETTINGS }, [...BUS, MAIL]],
  ])("find in the stack with %s every exception of the table, and nothing else", (_what, props, exceptions) => {
    const expected = [...COMMON, ...exceptions].flatMap(({ path, rules }) => rules.map((rule) => `${path}: ${rule}`));
    expect(findings(props).sort()).toEqual(expected.sort());
  });
});
