import { CfnParameter, Duration } from "aws-cdk-lib";
import { Annotations, Match, type Template } from "aws-cdk-lib/assertions";
import { Architecture, SystemLogLevel } from "aws-cdk-lib/aws-lambda";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { callbackFunction, named, newApp, only, synthesise, synthesiseIn, variables } from "../support/stack.ts";

type Props = Partial<TencentChatEventsProps>;

/** What a property does to the template. */
interface Effect {
  readonly props: Props;
  /** What it is compared with: the defaults, if not given. */
  readonly without?: Props;
  expectIn(template: Template): void;
}

const functionHas = (properties: object) => (template: Template) =>
  expect(callbackFunction(template).properties).toMatchObject(properties);
const variablesHave = (expected: object) => (template: Template) => expect(variables(template)).toMatchObject(expected);
const CERTIFICATE_ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1234";

/** Every property; the compiler misses the one that is forgotten. `alarmTopic` needs a stack to stand in, see below. */
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
  authentication: {
    props: { authentication: "none", acceptUnauthenticated: true },
    expectIn: variablesHave({ AUTHENTICATION: "none" }),
  },
  acceptUnauthenticated: {
    props: { authentication: "none", acceptUnauthenticated: true },
    expectIn: (template) => template.resourceCountIs("AWS::SecretsManager::Secret", 0),
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
  includeClientIp: { props: { includeClientIp: false }, expectIn: variablesHave({ INCLUDE_CLIENT_IP: "false" }) },
  retention: {
    props: { retention: Duration.days(3), destination: Destination.eventBus() },
    without: { destination: Destination.eventBus() },
    expectIn(template) {
      template.allResourcesProperties("AWS::SQS::Queue", { MessageRetentionPeriod: 3 * 86_400 });
      template.allResourcesProperties("AWS::Logs::LogGroup", { RetentionInDays: 3 });
      template.allResourcesProperties("AWS::Events::Archive", { RetentionDays: 3 });
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

describe("The property", () => {
  test.each(Object.entries(EFFECTS))("%s changes the template", (name, { props, without = {}, expectIn }) => {
    const template = synthesise(props);
    expectIn(template);
    // There is nothing to compare with: by itself, `authentication` is refused.
    if (name === "acceptUnauthenticated") return;
    expect(template.toJSON()).not.toEqual(synthesise(without).toJSON());
  });

  test("alarmTopic takes the alarms, and no topic is made", () => {
    const template = synthesiseIn((stack) => ({ alarmTopic: new Topic(stack, "Mine", { displayName: "Mine" }) }));
    const { logicalId } = only(template, "AWS::SNS::Topic");
    expect(logicalId).toMatch(/^Mine/);
    template.allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: [{ Ref: logicalId }] });
    template.resourceCountIs("AWS::KMS::Key", 0);
  });

  test.each([
    [
      "terminationProtection",
      { terminationProtection: true },
      (artifact: object) => expect(artifact).toMatchObject({ terminationProtection: true }),
    ],
    [
      "tags",
      { tags: { team: "chat" } },
      (artifact: object) => expect(artifact).toMatchObject({ tags: { team: "chat" } }),
    ],
  ])("%s reaches the stack", (_name, props, expectIn) => {
    const app = newApp();
    const stack = new TencentChatEventsStack(app, "Stack", { sdkAppId: SDK_APP_ID, ...props });
    expectIn(app.synth().getStackArtifact(stack.artifactId));
  });

  test("allowedSourceCidrs may be a list that CloudFormation fills in", () => {
    const template = synthesiseIn((stack) => {
      const parameter = new CfnParameter(stack, "Cidrs", { type: "CommaDelimitedList" });
      return { allowedSourceCidrs: parameter.valueAsList };
    });
    expect(variables(template)["ALLOWED_SOURCE_CIDRS"]).toEqual({ "Fn::Join": [",", { Ref: "Cidrs" }] });
  });

  test("clockSkewSeconds may be 0, which is not the default", () => {
    expect(variables(synthesise({ clockSkewSeconds: 0 }))).toMatchObject({ CLOCK_SKEW_SECONDS: "0" });
  });

  test.each<[Props]>([[{ logEvents: false }], [{ includeClientIp: true }]])("%j is the default", (props) => {
    expect(variables(synthesise(props))).toEqual(variables(synthesise()));
  });

  test.each([
    ["sdkAppId", (value: string) => ({ sdkAppId: value })],
    ["domain", (value: string) => ({ domain: { domainName: value, certificateArn: value } })],
    ["alarmEmail", (value: string) => ({ alarmEmail: value })],
  ])("%s may be filled in by CloudFormation", (_name, makeProps) => {
    const template = synthesiseIn((stack) => makeProps(new CfnParameter(stack, "Later").valueAsString));
    expect(JSON.stringify(template.toJSON()["Resources"])).toContain('{"Ref":"Later"}');
  });

  test("authentication=none does without a token, and the check of a new version as well", () => {
    const template = synthesise({ authentication: "none", allowedSourceCidrs: ["203.0.113.7"] });
    for (const name of ["CallbackFunction", "DeploymentCheck"]) {
      expect(variables(template, name)).not.toHaveProperty("TOKEN_SECRET_ARN");
    }
    expect(template.findOutputs("TokenSecretArn")).toEqual({});
    expect(JSON.stringify(template.findResources("AWS::IAM::Policy"))).not.toContain("secretsmanager");
  });

  test("authentication=none is warned of, and nothing else is", () => {
    const warnings = (props: Props) => {
      const stack = new TencentChatEventsStack(newApp(), "Stack", { sdkAppId: SDK_APP_ID, ...props });
      return Annotations.fromStack(stack).findWarning("*", Match.anyValue());
    };
    expect(warnings({})).toEqual([]);
    expect(warnings({ authentication: "none", acceptUnauthenticated: true })).toMatchObject([
      { entry: { data: expect.stringContaining("callbacks are accepted without Tencent's signature") } },
    ]);
  });
});

describe("Properties that make no sense", () => {
  const domain = { domainName: "callbacks.example.com", certificateArn: CERTIFICATE_ARN };

  test.each<[Props, string | RegExp]>([
    [{ sdkAppId: "x y" }, "sdkAppId is 'x y': expected the Chat app's SDKAppID, a number such as 1400000001"],
    [{ clockSkewSeconds: 1.5 }, "clockSkewSeconds is 1.5: expected a whole number of seconds, such as 60"],
    [{ clockSkewSeconds: -1 }, "clockSkewSeconds is -1: expected a whole number of seconds, such as 60"],
    [{ allowedSourceCidrs: ["all"] }, "allowedSourceCidrs: 'all' is neither an address nor a CIDR"],
    [{ allowedSourceCidrs: [] }, "allowedSourceCidrs is empty: expected at least one"],
    [{ authentication: "none", allowedSourceCidrs: [] }, "allowedSourceCidrs is empty"],
    [
      { authentication: "none" },
      /authentication is 'none'.*expected allowedSourceCidrs.* or acceptUnauthenticated=true/,
    ],
    [{ authentication: "None" as "none" }, "authentication is 'None': expected token or none"],
    [
      { authentication: "none", allowedSourceCidrs: ["203.0.113.7", "::/0"] },
      /authentication is 'none'.*expected allowedSourceCidrs/,
    ],
    [{ acceptUnauthenticated: true }, "acceptUnauthenticated is true, but authentication is 'token'"],
    [{ clockSkewSeconds: 86_401 }, "clockSkewSeconds is 86401: expected a whole number of seconds"],
    [{ memorySize: 64 }, "memorySize is 64: expected a whole number of megabytes from 128 to 10240"],
    [{ retention: Duration.days(1) }, "retention is 1 day: expected 3, 5, 7, 14 days"],
    [{ retention: Duration.hours(84) }, "retention is 3 days 12 hours: expected 3, 5, 7, 14 days"],
    [{ throttle: { rateLimit: 0, burstLimit: 1 } }, "throttle.rateLimit is 0: expected a whole number of callbacks"],
    [{ throttle: { rateLimit: 1, burstLimit: 0 } }, "throttle.burstLimit is 0: expected a whole number of callbacks"],
    [{ reservedConcurrentExecutions: 0 }, "reservedConcurrentExecutions is 0: expected a whole number, at least 1"],
    [{ alarmOnSilence: Duration.minutes(90) }, "alarmOnSilence is 1 hour 30 minutes: expected 1 to 168 whole hours"],
    [{ alarmOnSilence: Duration.hours(0) }, "alarmOnSilence is 0 hours: expected 1 to 168 whole hours"],
    [{ alarmOnSilence: Duration.hours(169) }, "alarmOnSilence is 7 days 1 hour: expected 1 to 168 whole hours"],
    [{ deployment: "slowly" as "linear" }, "deployment is 'slowly': expected canary, linear, all-at-once, forced"],
    [{ alarmEmail: "operator" }, "alarmEmail is 'operator': expected a mail address"],
    [{ domain: { ...domain, domainName: "https://a.b" } }, "domain.domainName is 'https://a.b': expected a name"],
    [{ domain: { ...domain, certificateArn: "mine" } }, "domain.certificateArn is 'mine': expected the ARN"],
    [
      { sdkAppId: "", clockSkewSeconds: Number.NaN },
      /^sdkAppId is '': expected .*\nclockSkewSeconds is NaN: expected a whole number/,
    ],
  ])("%j is refused by name, with the way out", (props, message) => {
    expect(() => synthesise(props)).toThrow(message);
  });

  test("alarmEmail beside alarmTopic is refused, as nobody knows whose topic it would subscribe to", () => {
    const synthesiseBoth = () =>
      synthesiseIn((stack) => ({ alarmTopic: new Topic(stack, "Mine"), alarmEmail: "operator@example.com" }));
    expect(synthesiseBoth).toThrow(
      "alarmEmail is given beside alarmTopic: subscribe the address to your topic instead",
    );
  });
});
