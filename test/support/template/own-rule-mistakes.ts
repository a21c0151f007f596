import { EXAMPLE_TEMPLATE, type Mistake } from "./example-template.ts";

const long = (length: number) => "x".repeat(length);
const dashboardOf = (widgets: object[]) => JSON.stringify({ widgets });

/** Mistakes that CDK's validator does not find. */
export const OWN_RULE_MISTAKES: readonly Mistake[] = [
  [
    "a dangling Ref in an update policy",
    "Resources.Alias.UpdatePolicy.CodeDeployLambdaAliasUpdate.ApplicationName",
    { Ref: "App" },
    'Alias: UpdatePolicy.CodeDeployLambdaAliasUpdate.ApplicationName: "App" is neither a resource nor a parameter',
  ],
  [
    "a dangling GetAtt in an update policy",
    "Resources.Alias.UpdatePolicy.CodeDeployLambdaAliasUpdate.BeforeAllowTrafficHook",
    { "Fn::GetAtt": ["Check", "Arn"] },
    'Alias: UpdatePolicy.CodeDeployLambdaAliasUpdate.BeforeAllowTrafficHook: "Check" is neither a resource nor a parameter',
  ],
  [
    "a template that is too large",
    "Metadata",
    { text: long(1_000_000) },
    "Template: size: 1005964 bytes exceed the maximum of 1000000",
  ],
  [
    "an output with a long description",
    "Outputs.QueueUrl.Description",
    long(1_025),
    "QueueUrl: Description: 1025 bytes exceed the maximum of 1024",
  ],
  [
    "a long queue name",
    "Resources.Queue.Properties.QueueName",
    long(81),
    `Queue: QueueName: "${long(81)}" does not match /^(?=.{1,80}$)[\\w-]+(\\.fifo)?$/ [https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html]`,
  ],
  [
    "a queue name with a space",
    "Resources.Queue.Properties.QueueName",
    "my queue",
    'Queue: QueueName: "my queue" does not match /^(?=.{1,80}$)[\\w-]+(\\.fifo)?$/ [https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html]',
  ],
  [
    "a long API name",
    "Resources.Api.Properties.Name",
    long(129),
    "Api: Name, once deployed: 129 bytes exceed the maximum of 128 [https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html]",
  ],
  [
    "a long API description",
    "Resources.Api.Properties.Description",
    long(1_025),
    "Api: Description, once deployed: 1025 bytes exceed the maximum of 1024 [https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html]",
  ],
  [
    "a dashboard name with a space",
    "Resources.Dashboard.Properties.DashboardName",
    "my dashboard",
    'Dashboard: DashboardName: "my dashboard" does not match /^[\\w-]{1,255}$/ [https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html]',
  ],
  [
    "a long dashboard name",
    "Resources.Dashboard.Properties.DashboardName",
    long(256),
    `Dashboard: DashboardName: "${long(256)}" does not match /^[\\w-]{1,255}$/ [https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html]`,
  ],
  [
    "variables that are too long with the queue's URL",
    "Resources.Function.Properties.Environment.Variables.CIDRS",
    long(3_950),
    "Function: Environment.Variables, once deployed: 4114 bytes exceed the maximum of 4096 [https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html]",
  ],
  [
    "an access log without the prefix",
    "Resources.Logs.Properties.LogGroupName",
    "callbacks",
    'Stage: AccessLogSettings: the log group\'s name, "callbacks", does not start with /aws/vendedlogs/',
  ],
  [
    "a long access log format",
    "Resources.Stage.Properties.AccessLogSettings.Format",
    long(3_073),
    "Stage: AccessLogSettings.Format, once deployed: 3073 bytes exceed the maximum of 3072 [https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html]",
  ],
  [
    "a long event pattern",
    "Resources.Rule.Properties.EventPattern.source",
    [long(2_048)],
    "Rule: EventPattern, once deployed: 2063 bytes exceed the maximum of 2048 [https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html]",
  ],
  [
    "a long trust policy",
    "Resources.Role.Properties.AssumeRolePolicyDocument.Statement.0.Condition",
    { StringEquals: { "aws:SourceAccount": long(2_048) } },
    "Role: AssumeRolePolicyDocument, once deployed: 2232 bytes exceed the maximum of 2048 [https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html]",
  ],
  [
    "long inline policies",
    "Resources.Policy.Properties.PolicyDocument.Statement.0.Resource",
    Array.from({ length: 100 }, (_, i) => `arn:aws:sqs:eu-west-1:123456789012:${long(80)}${i}`),
    "Role: inline policies, once deployed: 12087 bytes exceed the maximum of 10240",
  ],
  [
    "a long queue policy",
    "Resources.QueuePolicy.Properties.PolicyDocument.Statement.0.Sid",
    long(8_192),
    "QueuePolicy: PolicyDocument, once deployed: 8437 bytes exceed the maximum of 8192 [https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-quotas.html]",
  ],
  [
    "a long topic policy",
    "Resources.TopicPolicy.Properties.PolicyDocument.Statement.0.Sid",
    long(30_720),
    "TopicPolicy: PolicyDocument, once deployed: 31075 bytes exceed the maximum of 30720 [https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html]",
  ],
  [
    "a long bus policy",
    "Resources.Bus.Properties.Policy.Statement.0.Sid",
    long(10_240),
    "Bus: Policy, once deployed: 10438 bytes exceed the maximum of 10240 [https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html]",
  ],
  [
    "a long policy of CloudWatch Logs",
    "Resources.LogsPolicy.Properties.PolicyDocument",
    long(5_121),
    "LogsPolicy: PolicyDocument, once deployed: 5121 bytes exceed the maximum of 5120 [https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html]",
  ],
  [
    "an alarm without a statistic",
    "Resources.Alarm.Properties.Statistic",
    undefined,
    "Alarm: Statistic or ExtendedStatistic is required with MetricName",
  ],
  [
    "an alarm that looks back for more than a day",
    "Resources.Alarm.Properties.EvaluationPeriods",
    1_441,
    "Alarm: EvaluationPeriods: 1441 periods of 60 seconds exceed the maximum of 86400 seconds",
  ],
  [
    "an alarm with too many actions",
    "Resources.Alarm.Properties.AlarmActions",
    Array.from({ length: 6 }, (_, i) => `arn:aws:sns:eu-west-1:123456789012:topic${i}`),
    "Alarm: AlarmActions: 6 actions exceed the maximum of 5",
  ],
  [
    "a dashboard that is not JSON",
    "Resources.Dashboard.Properties.DashboardBody",
    "{",
    "Dashboard: DashboardBody: not JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
  ],
  [
    "a graph that leaves the dashboard",
    "Resources.Dashboard.Properties.DashboardBody",
    dashboardOf([{ type: "text", x: 12, width: 13, properties: {} }]),
    "Dashboard: DashboardBody: widgets.0: 13 columns from column 12 do not fit into the 24 columns",
  ],
  [
    "too many metrics in a graph",
    "Resources.Dashboard.Properties.DashboardBody",
    dashboardOf([{ type: "metric", properties: { metrics: Array(501).fill([]) } }]),
    "Dashboard: DashboardBody: widgets.0: 501 metrics exceed the maximum of 500",
  ],
  [
    "too many graphs",
    "Resources.Dashboard.Properties.DashboardBody",
    dashboardOf(Array(501).fill({ type: "text", properties: {} })),
    "Dashboard: DashboardBody: 501 widgets exceed the maximum of 500",
  ],
  [
    "an alarm that looks back for more than a week",
    "Resources.Alarm.Properties",
    { ...EXAMPLE_TEMPLATE.Resources.Alarm.Properties, Period: 3_600, EvaluationPeriods: 169 },
    "Alarm: EvaluationPeriods: 169 periods of 3600 seconds exceed the maximum of 604800 seconds",
  ],
  [
    "an alarm with too many metrics",
    "Resources.Alarm.Properties",
    {
      ComparisonOperator: "GreaterThanThreshold",
      EvaluationPeriods: 1,
      Metrics: Array.from({ length: 11 }, (_, i) => ({
        Id: `m${i}`,
        MetricStat: { Metric: { MetricName: "m", Namespace: "n" }, Period: 60, Stat: "Sum" },
      })),
    },
    "Alarm: Metrics: 11 metrics exceed the maximum of 10",
  ],
  [
    "too many metrics in all graphs",
    "Resources.Dashboard.Properties.DashboardBody",
    dashboardOf(Array(6).fill({ type: "metric", properties: { metrics: Array(450).fill([]) } })),
    "Dashboard: DashboardBody: 2700 metrics in all widgets exceed the maximum of 2500",
  ],
];
