import type { Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import { synthesise } from "../support/stack.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/** Shortens a value of the template for a table: references become names, hashes are left out. */
function shorten(value: unknown): string {
  return JSON.stringify(value)
    .replace(/\{"Fn::GetAtt":\["(\w+)","Arn"\]\}/g, '"$1"')
    .replace(/\{"Ref":"([\w:]+)"\}/g, '"$1"')
    .replace(/\{"Fn::Join":\["",\[(.*?)\]\]\}/g, (_join, parts: string) => `"${parts.replace(/"|,(?!,)/g, "")}"`)
    .replace(/ChatEvents(\w+?)[0-9A-F]{8}(?:[0-9a-f]{32})?/g, "$1")
    .replace(/AWS::(Partition|Region|AccountId)/g, "*")
    .replace(/["[\]{}]/g, "")
    .replace(/,/g, ", ");
}

/** Every statement of a document as `effect action on resource [to principal] [if condition]`. */
function describeStatements(document: { readonly Statement: readonly Statement[] }): string[] {
  return document.Statement.flatMap(({ Effect, Action, Resource, Principal, Condition }) =>
    [Action]
      .flat()
      .map(
        (action) =>
          `${Effect} ${action}${Resource === undefined ? "" : ` on ${shorten(Resource)}`}` +
          `${Principal === undefined ? "" : ` to ${shorten(Principal)}`}${Condition === undefined ? "" : ` if ${shorten(Condition)}`}`,
      ),
  );
}

/** The properties that hold policy documents, by resource type. */
const HOLDERS: Readonly<Record<string, string>> = {
  "AWS::IAM::Policy": "PolicyDocument",
  "AWS::IAM::Role": "AssumeRolePolicyDocument",
  "AWS::KMS::Key": "KeyPolicy",
  "AWS::SNS::TopicPolicy": "PolicyDocument",
  "AWS::SQS::QueuePolicy": "PolicyDocument",
};

/** All statements of a template, by the resource that holds them. */
function allStatements(template: Template): Record<string, string[]> {
  const { Resources } = template.toJSON() as {
    Resources: Record<string, { Type: string; Properties: Record<string, never> }>;
  };
  const found: Record<string, string[]> = {};
  for (const [logicalId, { Type, Properties }] of Object.entries(Resources)) {
    const name = `${Type.replace("AWS::", "")} ${shorten(logicalId)}`;
    // The only other ways to get permissions.
    expect(Properties).not.toHaveProperty("ManagedPolicyArns");
    expect(Properties).not.toHaveProperty("Policies");
    if (Type === "AWS::Lambda::Permission") {
      const { Action, FunctionName, Principal, SourceArn } = Properties;
      found[name] = [`Allow ${Action} on ${shorten(FunctionName)} to ${Principal} if ${shorten(SourceArn)}`];
    } else if (HOLDERS[Type]) {
      found[name] = describeStatements(Properties[HOLDERS[Type]] as never);
    } else {
      expect(JSON.stringify(Properties), name).not.toMatch(/"Effect":/);
    }
  }
  return found;
}

const onlyTls = (queue: string) => `Deny sqs:* on ${queue} to AWS:* if Bool:aws:SecureTransport:false`;

const logs = (name: string) => [`Allow logs:CreateLogStream on ${name}`, `Allow logs:PutLogEvents on ${name}`];
const READ_TOKEN = ["Allow secretsmanager:GetSecretValue on Token"];

const COMMON = {
  "IAM::Role CallbackFunctionRole": ["Allow sts:AssumeRole to Service:lambda.amazonaws.com"],
  "IAM::Policy CallbackFunctionRoleDefaultPolicy": logs("CallbackFunctionLogs"),
  "IAM::Policy CallbackFunctionReadToken": READ_TOKEN,
  "IAM::Policy CallbackFunctionSendToStandby": ["Allow sqs:SendMessage on StandbyQueue"],

  "IAM::Role RepublishingFunctionRole": ["Allow sts:AssumeRole to Service:lambda.amazonaws.com"],
  "IAM::Policy RepublishingFunctionRoleDefaultPolicy": logs("RepublishingFunctionLogs"),
  "IAM::Policy RepublishingFunctionReadToken": READ_TOKEN,
  "IAM::Policy RepublishingFunctionEmptyStandby": [
    "Allow sqs:ChangeMessageVisibility on StandbyQueue",
    "Allow sqs:DeleteMessage on StandbyQueue",
    "Allow sqs:GetQueueAttributes on StandbyQueue",
    "Allow sqs:ReceiveMessage on StandbyQueue",
    "Allow sqs:SendMessage on StandbyDeadLetterQueue",
  ],

  "IAM::Role DeploymentCheckRole": ["Allow sts:AssumeRole to Service:lambda.amazonaws.com"],
  "IAM::Policy DeploymentCheckReadToken": READ_TOKEN,
  "IAM::Policy DeploymentCheckInvokeVersion": ["Allow lambda:InvokeFunction on CallbackFunction:*"],
  "IAM::Policy DeploymentCheckRoleDefaultPolicy": [
    ...logs("DeploymentCheckLogs"),
    "Allow codedeploy:PutLifecycleEventHookExecutionStatus on arn:*:codedeploy:*:*:deploymentgroup:DeploymentGroupApplication/DeploymentGroup",
  ],
  "IAM::Role DeploymentRole": ["Allow sts:AssumeRole to Service:codedeploy.amazonaws.com"],
  "IAM::Policy DeploymentRoleDefaultPolicy": [
    "Allow cloudwatch:DescribeAlarms on *",
    "Allow lambda:GetAlias on CallbackFunction, CallbackFunction:*",
    "Allow lambda:GetProvisionedConcurrencyConfig on CallbackFunction, CallbackFunction:*",
    "Allow lambda:UpdateAlias on CallbackFunction, CallbackFunction:*",
    "Allow lambda:InvokeFunction on DeploymentCheck",
  ],

  "Lambda::Permission EndpointApiPOSTcallbackCallbackIntegrationPermission": [
    "Allow lambda:InvokeFunction on CallbackAlias to apigateway.amazonaws.com if arn:*:execute-api:*:*:EndpointApi/*/*/callback",
  ],
  "SNS::TopicPolicy MonitoringAlarmTopicPolicy": [
    "Deny sns:Publish on MonitoringAlarmTopic to * if Bool:aws:SecureTransport:false",
    "Allow sns:Publish on MonitoringAlarmTopic to Service:cloudwatch.amazonaws.com if " +
      "StringEquals:aws:SourceAccount:*, ArnLike:aws:SourceArn:arn:*:cloudwatch:*:*:alarm:*",
  ],
  "SQS::QueuePolicy StandbyQueuePolicy": [onlyTls("StandbyQueue")],
  "SQS::QueuePolicy StandbyDeadLetterQueuePolicy": [onlyTls("StandbyDeadLetterQueue")],
};

const withQueue = (name: string) => ({
  ...COMMON,
  [`IAM::Policy CallbackFunctionPublishTo${name}`]: [`Allow sqs:SendMessage on ${name}`],
  [`IAM::Policy RepublishingFunctionPublishTo${name}`]: [`Allow sqs:SendMessage on ${name}`],
  [`SQS::QueuePolicy ${name}Policy`]: [onlyTls(name)],
  [`SQS::QueuePolicy ${name}DlqPolicy`]: [onlyTls(`${name}Dlq`)],
});

const fromTheRule = (queue: string, ...actions: string[]) =>
  actions.map(
    (action) =>
      `Allow sqs:${action} on ${queue} to Service:events.amazonaws.com if ArnEquals:aws:SourceArn:ReadEventsRule`,
  );

const WITH_BUS = {
  ...COMMON,
  "IAM::Policy CallbackFunctionPublishToEventBus": ["Allow events:PutEvents on EventBus"],
  "IAM::Policy RepublishingFunctionPublishToEventBus": ["Allow events:PutEvents on EventBus"],
  "SQS::QueuePolicy EventBusQueuePolicy": [
    onlyTls("EventBusQueue"),
    ...fromTheRule("EventBusQueue", "GetQueueAttributes", "GetQueueUrl", "SendMessage"),
  ],
  "SQS::QueuePolicy EventBusQueueDlqPolicy": [onlyTls("EventBusQueueDlq")],
  "SQS::QueuePolicy ReadEventsDeadLetterQueuePolicy": [
    onlyTls("ReadEventsDeadLetterQueue"),
    ...fromTheRule("ReadEventsDeadLetterQueue", "SendMessage"),
  ],
};

describe("The policy statements of the stack", () => {
  test.each([
    ["a FIFO queue", Destination.fifoQueue(), withQueue("FifoQueue")],
    ["a standard queue", Destination.standardQueue(), withQueue("StandardQueue")],
    ["a bus", Destination.eventBus(), WITH_BUS],
  ])("with %s are exactly these", (_what, destination, expected) => {
    expect(allStatements(synthesise({ destination }))).toEqual(expected);
  });
});
