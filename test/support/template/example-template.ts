import type { CloudFormationTemplate } from "./cloudformation-template.ts";

const allow = (Action: string, Resource: unknown, Principal?: object) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", ...(Principal && { Principal }), Action, Resource }],
});

/** A mistake: its name, the path and value for {@link plant}, and the findings. */
export type Mistake = [name: string, path: string, value: unknown, ...findings: string[]];

/** A small template without mistakes, to plant one in. */
export const EXAMPLE_TEMPLATE = {
  Resources: {
    Queue: { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: 180 } },
    QueuePolicy: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: {
        Queues: [{ Ref: "Queue" }],
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            { Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: { "Fn::GetAtt": ["Queue", "Arn"] } },
          ],
        },
      },
    },
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
        },
      },
    },
    Policy: {
      Type: "AWS::IAM::Policy",
      Properties: {
        PolicyName: "Send",
        PolicyDocument: allow("sqs:SendMessage", { "Fn::GetAtt": ["Queue", "Arn"] }),
        Roles: [{ Ref: "Role" }],
      },
    },
    Function: {
      Type: "AWS::Lambda::Function",
      Properties: {
        Code: { S3Bucket: { "Fn::Sub": `assets-\${AWS::AccountId}` }, S3Key: "function.zip" },
        Handler: "index.handler",
        Runtime: "nodejs24.x",
        Role: { "Fn::GetAtt": ["Role", "Arn"] },
        Environment: { Variables: { QUEUE_URL: { Ref: "Queue" } } },
        LoggingConfig: { LogFormat: "JSON", LogGroup: { Ref: "Logs" } },
      },
    },
    Logs: {
      Type: "AWS::Logs::LogGroup",
      Properties: { LogGroupName: "/aws/vendedlogs/apis/callbacks", RetentionInDays: 14 },
    },
    Version: { Type: "AWS::Lambda::Version", Properties: { FunctionName: { Ref: "Function" } } },
    Alias: {
      Type: "AWS::Lambda::Alias",
      Properties: {
        FunctionName: { Ref: "Function" },
        FunctionVersion: { "Fn::GetAtt": ["Version", "Version"] },
        Name: "live",
      },
      UpdatePolicy: {
        CodeDeployLambdaAliasUpdate: { ApplicationName: { Ref: "Application" }, DeploymentGroupName: "group" },
      },
    },
    Application: { Type: "AWS::CodeDeploy::Application", Properties: { ComputePlatform: "Lambda" } },
    Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "callbacks", ProtocolType: "HTTP" } },
    Stage: {
      Type: "AWS::ApiGatewayV2::Stage",
      Properties: {
        ApiId: { Ref: "Api" },
        StageName: "$default",
        AccessLogSettings: { DestinationArn: { "Fn::GetAtt": ["Logs", "Arn"] }, Format: "$context.status" },
      },
    },
    Mapping: {
      Type: "AWS::Lambda::EventSourceMapping",
      Properties: {
        FunctionName: { Ref: "Function" },
        EventSourceArn: { "Fn::GetAtt": ["Queue", "Arn"] },
        ScalingConfig: { MaximumConcurrency: 2 },
      },
    },
    Secret: { Type: "AWS::SecretsManager::Secret", Properties: {} },
    Topic: { Type: "AWS::SNS::Topic", Properties: {} },
    TopicPolicy: {
      Type: "AWS::SNS::TopicPolicy",
      Properties: {
        Topics: [{ Ref: "Topic" }],
        PolicyDocument: allow("sns:Publish", { Ref: "Topic" }, { Service: "cloudwatch.amazonaws.com" }),
      },
    },
    Bus: {
      Type: "AWS::Events::EventBus",
      Properties: {
        Name: "callbacks",
        Policy: allow("events:PutRule", "arn:aws:events:eu-west-1:123456789012:event-bus/callbacks", {
          AWS: "123456789012",
        }),
      },
    },
    Filter: {
      Type: "AWS::Logs::MetricFilter",
      Properties: {
        LogGroupName: { Ref: "Logs" },
        FilterPattern: "429",
        MetricTransformations: [{ MetricName: "Throttled", MetricNamespace: "Callbacks", MetricValue: "1" }],
      },
    },
    LogsPolicy: {
      Type: "AWS::Logs::ResourcePolicy",
      Properties: { PolicyName: "logs", PolicyDocument: "{}" },
    },
    Rule: { Type: "AWS::Events::Rule", Properties: { EventPattern: { source: ["tencent.chat"] } } },
    Alarm: {
      Type: "AWS::CloudWatch::Alarm",
      Properties: {
        Namespace: "AWS/SQS",
        MetricName: "ApproximateAgeOfOldestMessage",
        Dimensions: [{ Name: "QueueName", Value: { "Fn::GetAtt": ["Queue", "QueueName"] } }],
        Statistic: "Maximum",
        Period: 60,
        EvaluationPeriods: 5,
        Threshold: 300,
        ComparisonOperator: "GreaterThanThreshold",
      },
    },
    Dashboard: {
      Type: "AWS::CloudWatch::Dashboard",
      Properties: {
        DashboardBody: {
          "Fn::Join": [
            "",
            [
              '{"widgets":[{"type":"metric","x":12,"width":12,"properties":{"metrics":[["AWS/SQS","Age","QueueName","',
              { "Fn::GetAtt": ["Queue", "QueueName"] },
              '"]]}}]}',
            ],
          ],
        },
      },
    },
  },
  Outputs: { QueueUrl: { Description: "Queue that consumers read from", Value: { Ref: "Queue" } } },
} satisfies CloudFormationTemplate;

/**
 * Plants a mistake in a copy of the example.
 *
 * @param path the property to replace or add, with dots between names
 * @param value its new value; `undefined` removes it
 */
export function plant(path: string, value: unknown): CloudFormationTemplate {
  const template = structuredClone<CloudFormationTemplate>(EXAMPLE_TEMPLATE);
  const names = path.split(".");
  const last = names.pop() ?? "";
  let parent = template as unknown as Record<string, unknown>;
  for (const name of names) parent = parent[name] as Record<string, unknown>;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return template;
}
