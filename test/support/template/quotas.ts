import { type CloudFormationTemplate, resourcesOf } from "./cloudformation-template.ts";
import { deployedValue } from "./deployed-value.ts";

/** A property whose size is limited, although its type's schema does not say so. */
interface Quota {
  readonly type: string;
  /** The property, with dots between names. */
  readonly path: string;
  /** The most bytes of the deployed value: of its text, or else of its JSON without white space. */
  readonly longest: number;
  /** The page with the number. */
  readonly source: string;
}

const QUOTAS: readonly Quota[] = [
  {
    type: "AWS::Lambda::Function",
    path: "Environment.Variables",
    // Lambda measures JSON: its refusal ends with `String measured: {"NAME":"value",…}`.
    longest: 4_096,
    source: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
  },
  {
    type: "AWS::ApiGatewayV2::Api",
    path: "Name",
    longest: 128,
    source: "https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html",
  },
  {
    type: "AWS::ApiGatewayV2::Api",
    path: "Description",
    longest: 1_024,
    source: "https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html",
  },
  {
    type: "AWS::ApiGatewayV2::Stage",
    path: "AccessLogSettings.Format",
    longest: 3_072,
    source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html",
  },
  {
    type: "AWS::Events::Rule",
    path: "EventPattern",
    longest: 2_048,
    source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
  },
  {
    type: "AWS::Events::EventBus",
    path: "Policy",
    longest: 10_240,
    source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
  },
  {
    type: "AWS::IAM::Role",
    path: "AssumeRolePolicyDocument",
    longest: 2_048,
    source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
  },
  {
    type: "AWS::Logs::ResourcePolicy",
    path: "PolicyDocument",
    longest: 5_120,
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html",
  },
  {
    type: "AWS::SNS::TopicPolicy",
    path: "PolicyDocument",
    longest: 30_720,
    source: "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html",
  },
  {
    type: "AWS::SQS::QueuePolicy",
    path: "PolicyDocument",
    longest: 8_192,
    source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-quotas.html",
  },
];

/** Names whose form the type's schema does not limit. */
const NAMES: readonly { type: string; property: string; pattern: RegExp; source: string }[] = [
  {
    type: "AWS::CloudWatch::Dashboard",
    property: "DashboardName",
    pattern: /^[\w-]{1,255}$/,
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html",
  },
  {
    type: "AWS::SQS::Queue",
    property: "QueueName",
    pattern: /^(?=.{1,80}$)[\w-]+(\.fifo)?$/,
    source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html",
  },
];

/** Quotas on a template (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html), in bytes. */
const LARGEST_TEMPLATE = 1_000_000;
const LONGEST_DESCRIPTION = 1_024;

/** A role's inline policies together (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
const LONGEST_INLINE_POLICIES = 10_240;

/**
 * Compares a template with those of AWS's quotas that no schema contains.
 *
 * @returns one line for each value that exceeds a quota
 */
export function checkQuotas(template: CloudFormationTemplate): string[] {
  return [
    ...ofTemplate(template),
    ...ofProperties(template),
    ...ofNames(template),
    ...ofInlinePolicies(template),
    ...ofAccessLogs(template),
  ];
}

function* ofTemplate(template: CloudFormationTemplate): Iterable<string> {
  // CDK writes templates with an indentation of one space.
  yield* exceeding("Template", "size", JSON.stringify(template, undefined, 1), LARGEST_TEMPLATE);
  for (const [name, { Description = "" }] of Object.entries(template.Outputs ?? {})) {
    yield* exceeding(name, "Description", Description, LONGEST_DESCRIPTION);
  }
}

function* ofProperties(template: CloudFormationTemplate): Iterable<string> {
  for (const { type, path, longest, source } of QUOTAS) {
    for (const { logicalId, properties } of resourcesOf(template, type)) {
      const value = path
        .split(".")
        .reduce<unknown>((parent, name) => (parent as Record<string, unknown> | undefined)?.[name], properties);
      yield* exceeding(logicalId, `${path}, once deployed`, deployedValue(value, template), longest, source);
    }
  }
}

function* ofNames(template: CloudFormationTemplate): Iterable<string> {
  for (const { type, property, pattern, source } of NAMES) {
    for (const { logicalId, properties } of resourcesOf(template, type)) {
      const name = deployedValue(properties[property], template);
      if (name !== undefined && !pattern.test(String(name))) {
        yield `${logicalId}: ${property}: "${name}" does not match ${pattern} [${source}]`;
      }
    }
  }
}

function* ofInlinePolicies(template: CloudFormationTemplate): Iterable<string> {
  const policies = resourcesOf(template, "AWS::IAM::Policy");
  for (const { logicalId } of resourcesOf(template, "AWS::IAM::Role")) {
    const documents = policies
      .filter(({ properties }) => (properties["Roles"] as { Ref?: string }[]).some(({ Ref }) => Ref === logicalId))
      .map(({ properties }) => JSON.stringify(deployedValue(properties["PolicyDocument"], template)));
    yield* exceeding(logicalId, "inline policies, once deployed", documents.join(""), LONGEST_INLINE_POLICIES);
  }
}

/**
 * CloudWatch Logs lists each group that a service writes to in a policy of the account, which has at most 5,120
 * characters. Groups with this prefix need no entry (https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html).
 */
function* ofAccessLogs(template: CloudFormationTemplate): Iterable<string> {
  for (const { logicalId, properties } of resourcesOf(template, "AWS::ApiGatewayV2::Stage")) {
    const { DestinationArn: arn } = (properties["AccessLogSettings"] ?? {}) as { DestinationArn?: unknown };
    const [, name = ""] = String(deployedValue(arn, template)).split(":log-group:");
    if (arn !== undefined && !name.startsWith("/aws/vendedlogs/")) {
      yield `${logicalId}: AccessLogSettings: the log group's name, "${name}", does not start with /aws/vendedlogs/`;
    }
  }
}

function* exceeding(where: string, what: string, value: unknown, longest: number, source?: string): Iterable<string> {
  const size = Buffer.byteLength(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
  if (size > longest) {
    yield `${where}: ${what}: ${size} bytes exceed the maximum of ${longest}${source ? ` [${source}]` : ""}`;
  }
}
