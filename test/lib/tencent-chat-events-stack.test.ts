import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { callbackFunction, logGroupNamed, newApp, only, queueNamed, synthesise, variables } from "../support/stack.ts";

describe("The stack", () => {
  const template = synthesise();

  test("has one route, POST /callback, to the callback function", () => {
    const { logicalId } = callbackFunction(template);
    const integration = only(template, "AWS::ApiGatewayV2::Integration", { PayloadFormatVersion: "2.0" });
    expect(integration.properties["IntegrationUri"]).toEqual({ "Fn::GetAtt": [logicalId, "Arn"] });
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
    const logged = Object.values(JSON.parse(String(Format)) as Record<string, string>);
    expect(logged.sort()).toEqual(
      [
        "$context.apiId",
        "$context.identity.sourceIp",
        "$context.integrationErrorMessage",
        "$context.requestId",
        "$context.requestTime",
        "$context.responseLatency",
        "$context.routeKey",
        "$context.status",
      ].sort(),
    );
    template.hasResourceProperties("AWS::Logs::MetricFilter", {
      LogGroupName: { Ref: accessLog },
      FilterPattern: '{ $.status = "429" }',
      MetricTransformations: [Match.objectLike({ MetricName: "ThrottledCallbacks", MetricValue: "1" })],
    });
  });

  test("tells the function where everything is", () => {
    const secret = only(template, "AWS::SecretsManager::Secret");
    expect(variables(template)).toEqual({
      SDK_APP_ID,
      TOKEN_SECRET_ARN: { Ref: secret.logicalId },
      QUEUE_URL: { Ref: queueNamed(template, "Queue") },
      STANDBY_QUEUE_URL: { Ref: queueNamed(template, "StandbyQueue") },
      AUTHENTICATION: "token",
    });
  });

  test("makes up a token of 32 letters and digits", () => {
    const { properties } = only(template, "AWS::SecretsManager::Secret");
    expect(properties["GenerateSecretString"]).toEqual({ PasswordLength: 32, ExcludePunctuation: true });
  });

  test("has a FIFO queue with a FIFO dead-letter queue, both for high throughput, and a standard standby queue", () => {
    const fifo = { FifoQueue: true, DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" };
    const deadLetters = queueNamed(template, "DeadLetterQueue");
    const queues = template.findResources("AWS::SQS::Queue");
    expect(queues[queueNamed(template, "Queue")]?.["Properties"]).toMatchObject({
      ...fifo,
      RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": [deadLetters, "Arn"] }, maxReceiveCount: 5 },
    });
    expect(queues[deadLetters]?.["Properties"]).toMatchObject(fifo);
    expect(queues[queueNamed(template, "StandbyQueue")]?.["Properties"]).not.toHaveProperty("FifoQueue");
    expect(Object.keys(queues).length).toBe(3);
  });

  test("keeps every queue's messages for 14 days, encrypted, and takes them over TLS alone", () => {
    const queues = template.findResources("AWS::SQS::Queue");
    const policies = Object.values(template.findResources("AWS::SQS::QueuePolicy"));
    for (const [logicalId, queue] of Object.entries(queues)) {
      expect(queue["Properties"]).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
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

  test("leaves every queue where it is when it is replaced or the stack is deleted", () => {
    for (const queue of Object.values(template.findResources("AWS::SQS::Queue"))) {
      expect(queue).toMatchObject({ DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" });
    }
  });

  test("allows the function what it does and nothing else", () => {
    const arn = (logicalId: string) => ({ "Fn::GetAtt": [logicalId, "Arn"] });
    const { properties } = only(template, "AWS::IAM::Policy");
    expect((properties["PolicyDocument"] as { Statement: object[] }).Statement).toEqual([
      {
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Effect: "Allow",
        Resource: arn(logGroupNamed(template, "CallbackFunctionLogs")),
      },
      {
        Action: "sqs:SendMessage",
        Effect: "Allow",
        Resource: [arn(queueNamed(template, "Queue")), arn(queueNamed(template, "StandbyQueue"))],
      },
      {
        Action: "secretsmanager:GetSecretValue",
        Effect: "Allow",
        Resource: { Ref: only(template, "AWS::SecretsManager::Secret").logicalId },
      },
    ]);
    const role = only(template, "AWS::IAM::Role");
    expect(role.properties).not.toHaveProperty("ManagedPolicyArns");
    expect(properties["Roles"]).toEqual([{ Ref: role.logicalId }]);
  });

  test("puts out what is to be pasted and subscribed to", () => {
    expect(Object.keys(template.findOutputs("*")).sort()).toEqual(["CallbackUrl", "QueueUrl", "TokenSecretArn"]);
    expect(JSON.stringify(template.findOutputs("CallbackUrl"))).toContain("/callback");
  });
});

describe.each(["cn-north-1", "ap-southeast-1"])("The stack in %s", (region) => {
  test.each(["fifoQueue", "standardQueue", "eventBus"] as const)("with %s assumes no partition", (kind) => {
    const stack = new TencentChatEventsStack(newApp(), "Stack", {
      sdkAppId: SDK_APP_ID,
      destination: Destination[kind](),
      env: { account: "123456789012", region },
    });
    const template = JSON.stringify(Template.fromStack(stack).findResources("*"));
    const partition = region.startsWith("cn-") ? "aws-cn" : "aws";
    for (const [, found] of template.matchAll(/\barn:([\w-]+):/g)) expect(found).toBe(partition);
    // Service principals are the same in all partitions.
    expect(template.replace(/"(lambda|apigateway|events|sqs)\.amazonaws\.com"/g, "")).not.toContain("amazonaws.com");
  });
});

describe("A property of the stack", () => {
  test("destination: Destination.standardQueue() makes standard queues", () => {
    const template = synthesise({ destination: Destination.standardQueue() });
    for (const queue of Object.values(template.findResources("AWS::SQS::Queue"))) {
      expect(queue["Properties"]).not.toHaveProperty("FifoQueue");
    }
  });

  test("throttle changes the stage", () => {
    synthesise({ throttle: { rateLimit: 5, burstLimit: 7 } }).hasResourceProperties("AWS::ApiGatewayV2::Stage", {
      DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 7 },
    });
  });

  test("reservedConcurrentExecutions reserves concurrency, and none is reserved without", () => {
    const reserved = callbackFunction(synthesise({ reservedConcurrentExecutions: 50 })).properties;
    expect(reserved["ReservedConcurrentExecutions"]).toBe(50);
    expect(callbackFunction(synthesise()).properties).not.toHaveProperty("ReservedConcurrentExecutions");
  });

  test("clockSkewSeconds and allowedSourceCidrs reach the function", () => {
    const template = synthesise({ clockSkewSeconds: 300, allowedSourceCidrs: ["203.0.113.0/24", "2001:db8::/32"] });
    expect(variables(template)).toMatchObject({
      CLOCK_SKEW_SECONDS: "300",
      ALLOWED_SOURCE_CIDRS: "203.0.113.0/24,2001:db8::/32",
    });
  });

  test.each([{ acceptUnauthenticated: true }, { allowedSourceCidrs: ["203.0.113.7"] }])(
    "authentication=none with %o does without a token",
    (confirmation) => {
      const template = synthesise({ authentication: "none", ...confirmation });
      expect(variables(template)).toMatchObject({ AUTHENTICATION: "none" });
      expect(variables(template)).not.toHaveProperty("TOKEN_SECRET_ARN");
      template.resourceCountIs("AWS::SecretsManager::Secret", 0);
      expect(template.findOutputs("TokenSecretArn")).toEqual({});
      expect(JSON.stringify(template.findResources("AWS::IAM::Policy"))).not.toContain("secretsmanager");
    },
  );

  test("allowedSourceCidrs that is empty is refused, as it would allow everybody", () => {
    expect(() => synthesise({ allowedSourceCidrs: [] })).toThrow("allowedSourceCidrs is empty: expected at least one");
    expect(() => synthesise({ authentication: "none", allowedSourceCidrs: [] })).toThrow("allowedSourceCidrs is empty");
  });

  test.each([
    [{ sdkAppId: "x y" }, "sdkAppId is 'x y': expected the Chat app's SDKAppID, a number such as 1400000001"],
    [{ clockSkewSeconds: 1.5 }, "clockSkewSeconds is 1.5: expected a whole number of seconds, such as 60"],
    [{ clockSkewSeconds: -1 }, "clockSkewSeconds is -1: expected a whole number of seconds, such as 60"],
    [{ allowedSourceCidrs: ["all"] }, "allowedSourceCidrs: 'all' is neither an address nor a CIDR"],
    [
      { sdkAppId: "", clockSkewSeconds: Number.NaN },
      /^sdkAppId is '': expected .*\nclockSkewSeconds is NaN: expected a whole number/,
    ],
  ])("%j is refused by name", (props, message) => {
    expect(() => synthesise(props)).toThrow(message);
  });

  test("authentication=none is warned of, and nothing else is", () => {
    const warnings = (props: Partial<TencentChatEventsProps>) => {
      const stack = new TencentChatEventsStack(newApp(), "Stack", { sdkAppId: SDK_APP_ID, ...props });
      return Annotations.fromStack(stack).findWarning("*", Match.anyValue());
    };
    expect(warnings({})).toEqual([]);
    expect(warnings({ authentication: "none", acceptUnauthenticated: true })).toMatchObject([
      { entry: { data: expect.stringContaining("callbacks are accepted without Tencent's signature") } },
    ]);
  });

  test("authentication=none by itself is refused, with the ways out", () => {
    expect(() => synthesise({ authentication: "none" })).toThrow(
      /authentication is 'none'.*expected allowedSourceCidrs.* or acceptUnauthenticated=true/,
    );
  });
});
