import { App, type Stack, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Destination } from "../../lib/destination.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";

/** A finding that is right as it is, and why. */
interface Acknowledgement {
  /** Where, below the construct `ChatEvents`. */
  readonly path: string;
  readonly ids: readonly string[];
  readonly reason: string;
}

const COMMON: readonly Acknowledgement[] = [
  {
    path: "Token",
    ids: ["AwsSolutions::AwsSolutions-SMG4"],
    reason:
      "Nothing can put a new token into Tencent's console: rotation is a person's step, and both tokens are valid",
  },
  {
    path: "Endpoint",
    ids: ["AwsSolutions::AwsSolutions-APIG4"],
    reason: "Tencent can't sign for API Gateway; the function verifies Tencent's own signature",
  },
  {
    path: "StandbyDeadLetterQueue",
    ids: ["Serverless::Serverless-SQSRedrivePolicy"],
    reason: "It is a dead-letter queue",
  },
  {
    path: "Republishing/StandbyMessages",
    ids: ["Serverless::Serverless-LambdaEventSourceMappingDestination"],
    reason: "Queues have no such destination: what fails goes to the standby queue's dead-letter queue",
  },
  {
    path: "Republishing/Function",
    ids: ["Serverless::Serverless-LambdaDLQ", "Serverless::Serverless-LambdaTracing"],
    reason:
      "Its messages stay on the standby queue until they are dealt with, which has a dead-letter queue; nobody waits for milliseconds",
  },
  {
    path: "CallbackFunction",
    ids: ["Serverless::Serverless-LambdaDLQ", "Serverless::Serverless-LambdaTracing"],
    reason:
      "API Gateway invokes it synchronously, so Lambda would never use a dead-letter queue; tracing is a start-up cost " +
      "inside Tencent's two seconds",
  },
];

const DEPLOYMENT: readonly Acknowledgement[] = [
  {
    path: "Deployment/Check",
    ids: ["Serverless::Serverless-LambdaDLQ", "Serverless::Serverless-LambdaTracing"],
    reason: "CodeDeploy waits for what it reports, and takes silence for a failure; nobody waits for milliseconds",
  },
  {
    path: "Deployment/Check/InvokeVersion",
    ids: ["AwsSolutions::AwsSolutions-IAM5[Resource::<ChatEventsCallbackFunction23DC17BF.Arn>:*]"],
    reason: "All versions of the one function: a policy that names the new one would have to spread before the check",
  },
  {
    path: "Deployment/Role",
    ids: [
      "AwsSolutions::AwsSolutions-IAM5[Resource::<ChatEventsCallbackFunction23DC17BF.Arn>:*]",
      "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
    ],
    reason:
      "All aliases of the one function, instead of AWS's managed policy with those of all functions; CodeDeploy asks for " +
      "the state of alarms in general, which reveals nothing but that",
  },
];

const COMMON_AND_DEPLOYMENT = [...COMMON, ...DEPLOYMENT];

/** The dead-letter queue of a kind of queue. */
const deadLetters = (path: string): Acknowledgement => ({
  path,
  ids: ["Serverless::Serverless-SQSRedrivePolicy"],
  reason: "It is a dead-letter queue",
});

const BUS: readonly Acknowledgement[] = [
  {
    path: "ReadEvents/DeadLetterQueue",
    ids: ["AwsSolutions::AwsSolutions-SQS3", "Serverless::Serverless-SQSRedrivePolicy"],
    reason: "It is the dead-letter queue of a rule, which cdk-nag does not look at",
  },
];

const WITH_BUS = [...COMMON_AND_DEPLOYMENT, deadLetters("EventBusQueueDeadLetters"), ...BUS];

/** What cdk-nag finds beside what is acknowledged: an error ends the synthesis, a warning is printed. */
function findings(destination: Destination, acknowledgements: readonly Acknowledgement[]): string {
  const printed = vi.spyOn(console, "error").mockReturnValue();
  const app = new App();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  const stack: Stack = new TencentChatEventsStack(app, "Stack", { sdkAppId: "1400000001", destination });
  for (const { path, ids, reason } of acknowledgements) {
    const construct = path
      .split("/")
      .reduce((parent, id) => parent.node.findChild(id), stack.node.findChild("ChatEvents"));
    for (const id of ids) Validations.of(construct).acknowledge({ id, reason });
  }
  try {
    app.synth();
  } catch (error) {
    return (error as Error).message;
  }
  return printed.mock.calls.join("\n");
}

afterEach(() => vi.restoreAllMocks());

describe("cdk-nag's AwsSolutions and Serverless rules", () => {
  test.each([
    ["a FIFO queue", Destination.fifoQueue(), [...COMMON_AND_DEPLOYMENT, deadLetters("FifoQueueDeadLetters")]],
    [
      "a standard queue",
      Destination.standardQueue(),
      [...COMMON_AND_DEPLOYMENT, deadLetters("StandardQueueDeadLetters")],
    ],
    ["a bus", Destination.eventBus(), WITH_BUS],
  ])("find nothing in the stack with %s but what is acknowledged", (_what, destination, acknowledgements) => {
    expect(findings(destination, acknowledgements)).toBe("");
  });

  test.each(WITH_BUS.flatMap(({ path, ids }) => ids.map((id) => [path, id] as const)))(
    "find something at %s that needs the acknowledgement %s",
    (path, id) => {
      const others = WITH_BUS.map((given) => ({
        ...given,
        ids: given.path === path ? given.ids.filter((other) => other !== id) : given.ids,
      }));
      expect(findings(Destination.eventBus(), others)).toContain(`Acknowledge with '${id}'`);
    },
  );
});
