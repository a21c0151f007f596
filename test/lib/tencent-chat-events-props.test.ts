import { Duration } from "aws-cdk-lib";
import type { Template } from "aws-cdk-lib/assertions";
import { Architecture, SystemLogLevel } from "aws-cdk-lib/aws-lambda";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, test } from "vitest";
import { readEnvironment } from "../../functions/environment.ts";
import { FUNCTION_SETTINGS } from "../../functions/settings.ts";
import { findInvalid } from "../../lib/check-settings.ts";
import { Destination } from "../../lib/destination.ts";
import { SETTINGS } from "../../lib/settings.ts";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { callbackFunction, named, only, synthesise, synthesiseIn, variables } from "../support/stack.ts";

type Props = Partial<TencentChatEventsProps>;

/** The effect of a property on the template. */
interface Effect {
  /** The property, and others that it needs. */
  readonly props: Props;
  /** The properties to compare with; none by default. */
  readonly without?: Props;
  expectIn(template: Template): void;
}

const functionHas = (properties: object) => (template: Template) =>
  expect(callbackFunction(template).properties).toMatchObject(properties);
const variablesHave = (expected: object) => (template: Template) => expect(variables(template)).toMatchObject(expected);
const CERTIFICATE_ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1234";

/** Every property: TypeScript rejects the table if one is missing. `alarmTopic` needs a stack and has its own test. */
const EFFECTS: Record<Exclude<keyof TencentChatEventsProps, "alarmTopic">, Effect> = {
  sdkAppId: { props: { sdkAppId: "20000001" }, expectIn: variablesHave({ SDK_APP_ID: "20000001" }) },
  destination: {
    props: { destination: Destination.standardQueue() },
    expectIn(template) {
      for (const queue of Object.values(template.findResources("AWS::SQS::Queue"))) {
        expect(queue["Properties"]).not.toHaveProperty("FifoQueue");
      }
    },
  },
  forward: {
    props: { forward: ["C2C.CallbackAfterSendMsg", "Group.*"] },
    expectIn(template) {
      const expected = { FORWARD: "C2C.CallbackAfterSendMsg,Group.*" };
      expect(variables(template)).toMatchObject(expected);
      expect(variables(template, "RepublishingFunction")).toMatchObject(expected);
    },
  },
  relayUrl: {
    props: { relayUrl: "https://chat.example.com/callback" },
    expectIn(template) {
      expect(variables(template)).toMatchObject({ RELAY_URL: "https://chat.example.com/callback" });
      named(template, "AWS::CloudWatch::Alarm", "MonitoringAlarmsRelayFailed");
      const relaying = /relay/i;
      expect(JSON.stringify(only(template, "AWS::CloudWatch::Dashboard"))).toMatch(relaying);
      // Without it, there is no variable, alarm, metric or widget.
      expect(JSON.stringify(defaults.toJSON())).not.toMatch(relaying);
    },
  },
  relayCommands: {
    props: { relayUrl: "https://chat.example.com/callback", relayCommands: ["C2C.*", "Group.CallbackBeforeSendMsg"] },
    without: { relayUrl: "https://chat.example.com/callback" },
    expectIn: variablesHave({ RELAY_COMMANDS: "C2C.*,Group.CallbackBeforeSendMsg" }),
  },
  authentication: {
    props: { authentication: "none", acceptUnauthenticated: true },
    expectIn: variablesHave({ AUTHENTICATION: "none" }),
  },
  acceptUnauthenticated: {
    props: { authentication: "none", acceptUnauthenticated: true },
    expectIn: (template) => expect(variables(template)).not.toHaveProperty("TOKEN_SECRET_ARN"),
  },
  allowedSourceCidrs: {
    props: { allowedSourceCidrs: ["203.0.113.0/24", "2001:db8::/32"] },
    expectIn(template) {
      const expected = { ALLOWED_SOURCE_CIDRS: "203.0.113.0/24,2001:db8::/32" };
      expect(variables(template)).toMatchObject(expected);
      expect(variables(template, "DeploymentCheck")).toMatchObject(expected);
    },
  },
  clockSkewSeconds: { props: { clockSkewSeconds: 300 }, expectIn: variablesHave({ CLOCK_SKEW_SECONDS: "300" }) },
  tokenOverlap: {
    props: { tokenOverlap: Duration.hours(2) },
    expectIn: variablesHave({ TOKEN_OVERLAP_SECONDS: "7200" }),
  },
  fairQueue: { props: { fairQueue: false }, expectIn: variablesHave({ FAIR_QUEUE: "false" }) },
  includeClientIp: { props: { includeClientIp: false }, expectIn: variablesHave({ INCLUDE_CLIENT_IP: "false" }) },
  retention: {
    props: { retention: Duration.days(3), destination: Destination.eventBus() },
    without: { destination: Destination.eventBus() },
    expectIn(template) {
      const queues = Object.entries(template.findResources("AWS::SQS::Queue"));
      for (const [logicalId, { Properties }] of queues) {
        const days = /DeadLetter|Dlq/.test(logicalId) ? 7 : 3;
        expect(Properties.MessageRetentionPeriod, logicalId).toBe(days * 86_400);
      }
      template.allResourcesProperties("AWS::Logs::LogGroup", { RetentionInDays: 7 });
      template.allResourcesProperties("AWS::Events::Archive", { RetentionDays: 7 });
    },
  },
  visibilityTimeout: {
    props: { visibilityTimeout: Duration.minutes(10) },
    expectIn(template) {
      const timeout = (name: string) => named(template, "AWS::SQS::Queue", name).properties["VisibilityTimeout"];
      expect(timeout("FifoQueue")).toBe(600);
      expect(timeout("StandbyQueue")).toBe(180);
    },
  },
  republishConcurrency: {
    props: { republishConcurrency: 20 },
    expectIn: (template) =>
      template.hasResourceProperties("AWS::Lambda::EventSourceMapping", { ScalingConfig: { MaximumConcurrency: 20 } }),
  },
  footprint: {
    props: { footprint: "small" },
    expectIn(template) {
      for (const type of [
        "CloudWatch::Alarm",
        "CloudWatch::Dashboard",
        "SNS::Topic",
        "CodeDeploy::Application",
        "Logs::MetricFilter",
      ]) {
        template.resourceCountIs(`AWS::${type}`, 0);
      }
      const [alias] = Object.values(template.findResources("AWS::Lambda::Alias"));
      expect(alias).not.toHaveProperty("UpdatePolicy");
      expect(Object.keys(template.findOutputs("*")).sort()).toEqual([
        "ApiUrl",
        "CallbackUrl",
        "QueueArn",
        "QueueUrl",
        "TokenSecretArn",
      ]);
      // All that prevents loss.
      expect(Object.keys(template.findResources("AWS::SQS::Queue"))).toEqual(
        Object.keys(defaults.findResources("AWS::SQS::Queue")),
      );
      template.resourceCountIs("AWS::Lambda::EventSourceMapping", 1);
    },
  },
  throttle: {
    props: { throttle: { rateLimit: 5, burstLimit: 7 } },
    expectIn: (template) =>
      template.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
        DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 7 },
      }),
  },
  reservedConcurrentExecutions: {
    props: { reservedConcurrentExecutions: 50 },
    expectIn(template) {
      expect(callbackFunction(template).properties["ReservedConcurrentExecutions"]).toBe(50);
      const check = named(template, "AWS::Lambda::Function", "DeploymentCheck");
      expect(check.properties).not.toHaveProperty("ReservedConcurrentExecutions");
    },
  },
  memorySize: { props: { memorySize: 512 }, expectIn: functionHas({ MemorySize: 512 }) },
  architecture: {
    props: { architecture: Architecture.X86_64 },
    expectIn: (template) => template.allResourcesProperties("AWS::Lambda::Function", { Architectures: ["x86_64"] }),
  },
  systemLogLevel: {
    props: { systemLogLevel: SystemLogLevel.INFO },
    expectIn: functionHas({ LoggingConfig: { SystemLogLevel: "INFO" } }),
  },
  domain: {
    props: { domain: { domainName: "callbacks.example.com", certificateArn: CERTIFICATE_ARN } },
    expectIn(template) {
      const { logicalId } = only(template, "AWS::ApiGatewayV2::DomainName", {
        DomainName: "callbacks.example.com",
        DomainNameConfigurations: [{ CertificateArn: CERTIFICATE_ARN, EndpointType: "REGIONAL" }],
      });
      template.hasResourceProperties("AWS::ApiGatewayV2::ApiMapping", { DomainName: { Ref: logicalId } });
      template.hasOutput("CallbackUrl", { Value: "https://callbacks.example.com/callback" });
      template.hasOutput("DomainTarget", { Value: { "Fn::GetAtt": [logicalId, "RegionalDomainName"] } });
    },
  },
  deployment: {
    props: { deployment: "linear" },
    expectIn: (template) =>
      template.hasResourceProperties("AWS::CodeDeploy::DeploymentGroup", {
        DeploymentConfigName: "CodeDeployDefault.LambdaLinear10PercentEvery1Minute",
      }),
  },
  alarmEmail: {
    props: { alarmEmail: "operator@example.com" },
    expectIn: (template) =>
      template.hasResourceProperties("AWS::SNS::Subscription", {
        Protocol: "email",
        Endpoint: "operator@example.com",
        TopicArn: { Ref: only(template, "AWS::SNS::Topic").logicalId },
      }),
  },
  runbookUrl: {
    props: { runbookUrl: "https://wiki.example.com/chat" },
    expectIn(template) {
      const { properties } = named(template, "AWS::CloudWatch::Alarm", "MonitoringAlarmsRefusals");
      expect(properties["AlarmDescription"]).toMatch(/ https:\/\/wiki\.example\.com\/chat#refusals$/);
    },
  },
  alarmOnSilence: {
    props: { alarmOnSilence: Duration.hours(6) },
    expectIn(template) {
      const { properties } = named(template, "AWS::CloudWatch::Alarm", "MonitoringAlarmsSilence");
      expect(properties).toMatchObject({
        EvaluationPeriods: 6,
        ComparisonOperator: "LessThanThreshold",
        TreatMissingData: "breaching",
      });
    },
  },
  logEvents: { props: { logEvents: true }, expectIn: variablesHave({ LOG_EVENTS: "true" }) },
};

/** Reads variables as the functions do. */
function readVariables(settings: object) {
  const { forwarding, ...environment } = readEnvironment({
    SDK_APP_ID,
    TOKEN_SECRET_ARN: "arn",
    QUEUE_URL: "https://sqs/1/queue",
    STANDBY_QUEUE_URL: "https://sqs/1/standby",
    AWS_REGION: "us-east-1",
    ...settings,
  });
  return {
    ...environment,
    isForwarded: forwarding.has("C2C.CallbackAfterSendMsg"),
  };
}

const defaults = synthesise();

/** Expects that a setting with a variable reaches both functions, and that they read a value other than the default. */
function expectVariable(name: string, template: Template): void {
  const variable = SETTINGS[name]?.variable;
  if (variable === undefined) return;
  const { [variable]: value, RELAY_URL = "" } = variables(template) as Record<string, string>;
  expect(value).toBeDefined();
  expect(value).not.toBe(variables(defaults)[variable]);
  expect(variables(template, "RepublishingFunction")).toMatchObject({ [variable]: value });
  // The list of commands to relay has no effect without a URL.
  const others = name === "relayCommands" ? { RELAY_URL } : {};
  expect(readVariables({ ...others, [variable]: value })).not.toEqual(readVariables(others));
}

describe("The property", () => {
  test.each(Object.entries(EFFECTS))("%s changes the template, and its variable if it has one", (name, effect) => {
    const template = synthesise(effect.props);
    effect.expectIn(template);
    expectVariable(name, template);
    // Nothing to compare with: `authentication` without this property is refused.
    if (name === "acceptUnauthenticated") return;
    expect(template.toJSON()).not.toEqual((effect.without ? synthesise(effect.without) : defaults).toJSON());
  });

  test("is there for every variable that the functions read", () => {
    const written = Object.values(SETTINGS).flatMap(({ variable = [] }) => variable);
    expect(written.sort()).toEqual(
      Object.values(FUNCTION_SETTINGS)
        .map(({ variable }) => variable)
        .sort(),
    );
  });

  test("has a default that is valid, if it has one", () => {
    const given = Object.fromEntries(Object.entries(SETTINGS).map(([name, setting]) => [name, setting.default]));
    expect(findInvalid({ ...given, sdkAppId: SDK_APP_ID }, SETTINGS)).toEqual([]);
  });

  test("alarmTopic receives the alarms instead of a new topic", () => {
    const template = synthesiseIn((stack) => ({ alarmTopic: new Topic(stack, "Mine", { displayName: "Mine" }) }));
    const { logicalId } = only(template, "AWS::SNS::Topic");
    expect(logicalId).toMatch(/^Mine/);
    const alarms = Object.values(template.findResources("AWS::CloudWatch::Alarm"));
    const notified = alarms.flatMap(({ Properties }) => Properties.AlarmActions ?? []);
    expect(notified.length).toBeGreaterThan(10);
    expect(new Set(notified.map(({ Ref }) => Ref))).toEqual(new Set([logicalId]));
  });

  test("clockSkewSeconds may be 0, which is not the default", () => {
    expect(variables(synthesise({ clockSkewSeconds: 0 }))).toMatchObject({ CLOCK_SKEW_SECONDS: "0" });
  });

  test.each<[Props]>([[{ logEvents: false }], [{ includeClientIp: true }]])("%j is the default", (props) => {
    expect(variables(synthesise(props))).toEqual(variables(defaults));
  });

  test("authentication=none gives the token to no function, but keeps it for a switch to authentication=token", () => {
    const template = synthesise({ authentication: "none", allowedSourceCidrs: ["203.0.113.7"] });
    for (const name of ["CallbackFunction", "DeploymentCheck"]) {
      expect(variables(template, name)).not.toHaveProperty("TOKEN_SECRET_ARN");
    }
    const [secrets, others] = [template, defaults].map((each) => each.findResources("AWS::SecretsManager::Secret"));
    expect(secrets).toEqual(others);
    expect(template.findOutputs("TokenSecretArn")).toEqual(defaults.findOutputs("TokenSecretArn"));
    expect(JSON.stringify(template.findResources("AWS::IAM::Policy"))).not.toContain("secretsmanager");
  });
});
