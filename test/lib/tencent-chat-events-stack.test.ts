import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import {
  callbackFunction,
  getAtt,
  logGroupNamed,
  named,
  newApp,
  only,
  queueNamed,
  synthesise,
  variables,
} from "../support/stack.ts";

describe("The stack", () => {
  const template = synthesise();

  test.each([{ terminationProtection: true }, { tags: { team: "chat" } }])("has its own property %j", (props) => {
    const app = newApp();
    const stack = new TencentChatEventsStack(app, "Stack", { sdkAppId: SDK_APP_ID, ...props });
    expect(app.synth().getStackArtifact(stack.artifactId)).toMatchObject(props);
  });

  test("has one route, POST /callback, to the callback function's alias", () => {
    const { logicalId: alias } = only(template, "AWS::Lambda::Alias", {
      FunctionName: { Ref: callbackFunction(template).logicalId },
    });
    const integration = only(template, "AWS::ApiGatewayV2::Integration", { PayloadFormatVersion: "2.0" });
    expect(integration.properties["IntegrationUri"]).toEqual({ Ref: alias });
    const route = only(template, "AWS::ApiGatewayV2::Route", { RouteKey: "POST /callback" });
    expect(route.properties["Target"]).toEqual({ "Fn::Join": ["", ["integrations/", { Ref: integration.logicalId }]] });
    template.hasResourceProperties("AWS::ApiGatewayV2::Api", { ProtocolType: "HTTP" });
    template.resourceCountIs("AWS::ApiGatewayV2::Route", 1);
  });

  test("runs the function on nodejs24.x, arm64, with 256 MB and 10 s, and keeps its log for two weeks", () => {
    const { properties } = callbackFunction(template);
    const logs = logGroupNamed(template, "CallbackFunctionLogs");
    expect(properties).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      MemorySize: 256,
      Timeout: 10,
      Handler: "index.handler",
      LoggingConfig: {
        LogFormat: "JSON",
        ApplicationLogLevel: "INFO",
        SystemLogLevel: "WARN",
        LogGroup: { Ref: logs },
      },
    });
  });

  test("throttles the stage, and logs requests without their query", () => {
    const stage = only(template, "AWS::ApiGatewayV2::Stage", { StageName: "$default", AutoDeploy: true });
    expect(stage.properties["DefaultRouteSettings"]).toEqual({
      ThrottlingRateLimit: 2_000,
      ThrottlingBurstLimit: 4_000,
    });
    const { DestinationArn, Format } = stage.properties["AccessLogSettings"] as Record<string, unknown>;
    const accessLog = logGroupNamed(template, "EndpointAccessLog");
    expect(DestinationArn).toEqual({ "Fn::GetAtt": [accessLog, "Arn"] });
    expect(Format).toBe(
      "$context.identity.sourceIp $context.status $context.requestId $context.integrationErrorMessage",
    );
    template.hasResourceProperties("AWS::Logs::MetricFilter", {
      LogGroupName: { Ref: accessLog },
      FilterPattern: "[sourceIp, status = 429, ...]",
      MetricTransformations: [
        { MetricNamespace: `TencentChatEvents/${SDK_APP_ID}`, MetricName: "ThrottledCallbacks", MetricValue: "1" },
      ],
    });
  });

  test("names the access log after the API, whose id no earlier stack had", () => {
    const { properties } = named(template, "AWS::Logs::LogGroup", "EndpointAccessLog");
    const { logicalId: api } = only(template, "AWS::ApiGatewayV2::Api");
    expect(properties["LogGroupName"]).toEqual({ "Fn::Join": ["", ["/aws/vendedlogs/apis/", { Ref: api }]] });
  });

  test("tells the function its queues, its secret and its settings", () => {
    const secret = only(template, "AWS::SecretsManager::Secret");
    expect(variables(template)).toEqual({
      SDK_APP_ID,
      TOKEN_SECRET_ARN: { Ref: secret.logicalId },
      QUEUE_URL: { Ref: queueNamed(template, "FifoQueue") },
      STANDBY_QUEUE_URL: { Ref: queueNamed(template, "StandbyQueue") },
      AUTHENTICATION: "token",
    });
  });

  test("generates a token of 32 letters and digits", () => {
    const { properties } = only(template, "AWS::SecretsManager::Secret");
    expect(properties["GenerateSecretString"]).toEqual({ PasswordLength: 32, ExcludePunctuation: true });
  });

  test("has a FIFO queue with a FIFO dead-letter queue, both for high throughput, and a standard standby queue", () => {
    const fifo = { FifoQueue: true, DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" };
    const deadLetters = queueNamed(template, "FifoQueueDlq");
    const queues = template.findResources("AWS::SQS::Queue");
    expect(queues[queueNamed(template, "FifoQueue")]?.["Properties"]).toMatchObject({
      ...fifo,
      RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": [deadLetters, "Arn"] }, maxReceiveCount: 5 },
    });
    expect(queues[deadLetters]?.["Properties"]).toMatchObject(fifo);
    expect(queues[queueNamed(template, "StandbyQueue")]?.["Properties"]).not.toHaveProperty("FifoQueue");
    expect(Object.keys(queues).length).toBe(4);
  });

  test("keeps messages for 7 days and dead letters for 14, encrypted, and accepts them only over TLS", () => {
    const queues = template.findResources("AWS::SQS::Queue");
    const policies = Object.values(template.findResources("AWS::SQS::QueuePolicy"));
    for (const [logicalId, queue] of Object.entries(queues)) {
      const days = /DeadLetter|Dlq/.test(logicalId) ? 14 : 7;
      expect(queue["Properties"]).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: days * 86_400 });
      const own = policies.filter(({ Properties }) => JSON.stringify(Properties.Queues) === `[{"Ref":"${logicalId}"}]`);
      expect(own.map(({ Properties }) => Properties.PolicyDocument.Statement)).toEqual([
        [
          {
            Action: "sqs:*",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
            Effect: "Deny",
            Principal: { AWS: "*" },
            Resource: { "Fn::GetAtt": [logicalId, "Arn"] },
          },
        ],
      ]);
    }
  });

  test("hides a message for six times the 30 seconds of a Lambda consumer", () => {
    const queue = named(template, "AWS::SQS::Queue", "FifoQueue");
    expect(queue.properties["VisibilityTimeout"]).toBe(180);
  });

  test("republishes five batches of ten at a time", () => {
    template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
      EventSourceArn: getAtt(queueNamed(template, "StandbyQueue")),
      BatchSize: 10,
      ScalingConfig: { MaximumConcurrency: 5 },
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
  });

  test("has outputs for the URLs, the token, the queue, the alarm topic and the dashboard", () => {
    expect(Object.keys(template.findOutputs("*")).sort()).toEqual([
      "AlarmTopicArn",
      "ApiUrl",
      "CallbackUrl",
      "DashboardUrl",
      "QueueArn",
      "QueueUrl",
      "TokenSecretArn",
    ]);
    const { CallbackUrl, ApiUrl, QueueArn } = template.findOutputs("*");
    expect(JSON.stringify(CallbackUrl?.["Value"])).toContain("/callback");
    expect(ApiUrl?.["Value"]).toEqual(CallbackUrl?.["Value"]);
    expect(QueueArn?.["Value"]).toEqual(getAtt(queueNamed(template, "FifoQueue")));
  });

  test("keeps API Gateway's own URL with a domain, to use while the domain changes", () => {
    const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
    const withDomain = synthesise({ domain: { domainName: "callbacks.example.com", certificateArn } });
    expect(withDomain.findOutputs("ApiUrl")["ApiUrl"]?.["Value"]).toEqual(
      template.findOutputs("CallbackUrl")["CallbackUrl"]?.["Value"],
    );
    for (const each of [template, withDomain]) {
      expect(only(each, "AWS::ApiGatewayV2::Api").properties).not.toHaveProperty("DisableExecuteApiEndpoint");
    }
  });
});

describe.each(["cn-north-1", "ap-southeast-1"])("The stack in %s", (region) => {
  test.each(["fifoQueue", "standardQueue", "eventBus"] as const)("with %s assumes no partition", (kind) => {
    const stack = new TencentChatEventsStack(newApp(), "Stack", {
      sdkAppId: SDK_APP_ID,
      destination: Destination[kind](),
      env: { account: "123456789012", region },
    });
    const template = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(template).toMatch(/"arn:/);
    const partition = region.startsWith("cn-") ? "aws-cn" : "aws";
    for (const [, found] of template.matchAll(/\barn:([\w-]+):/g)) expect(found).toBe(partition);
    // Service principals are the same in all partitions.
    const hosts = Array.from(template.matchAll(/[\w.-]*amazonaws\.com[\w.]*/g), ([host]) => host);
    const principals = ["apigateway", "cloudwatch", "codedeploy", "events", "lambda"].map(
      (name) => `${name}.amazonaws.com`,
    );
    expect(principals).toEqual(expect.arrayContaining(hosts));
  });
});
