import { describe, expect, test } from "vitest";
import { DEPLOYMENT_STRATEGIES } from "../../lib/deployment.ts";
import { Destination } from "../../lib/destination.ts";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { callbackFunction, getAtt, NEW_DESTINATIONS, named, only, synthesise, variables } from "../support/stack.ts";

describe("A new version of the callback function", () => {
  const template = synthesise();
  const [[aliasId, alias] = []] = Object.entries(template.findResources("AWS::Lambda::Alias"));
  const group = only(template, "AWS::CodeDeploy::DeploymentGroup");

  test("gets callbacks through the alias that the API calls", () => {
    expect(alias?.["Properties"]).toMatchObject({ FunctionName: { Ref: callbackFunction(template).logicalId } });
    const permission = only(template, "AWS::Lambda::Permission", { Principal: "apigateway.amazonaws.com" });
    expect(permission.properties["FunctionName"]).toEqual({ Ref: aliasId });
  });

  test("gets a tenth of them for five minutes, and is rolled back when an alarm fires that a bad version would cause", () => {
    expect(group.properties).toMatchObject({
      DeploymentConfigName: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
      AutoRollbackConfiguration: { Enabled: true, Events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"] },
      AlarmConfiguration: { Enabled: true },
    });
  });

  test.each<[string, Partial<TencentChatEventsProps>]>([
    [
      "an existing handler, whose own failures say nothing about the version",
      { relayUrl: "https://chat.example.com/" },
    ],
    ["no existing handler", {}],
  ])("is watched by the same alarms with %s", (_what, props) => {
    const { properties } = only(synthesise(props), "AWS::CodeDeploy::DeploymentGroup");
    const { Alarms } = properties["AlarmConfiguration"] as { Alarms: { Name: { Ref: string } }[] };
    expect(Alarms.map(({ Name }) => Name.Ref.replace(/^ChatEventsMonitoringAlarms|.{8}$/g, ""))).toEqual([
      "StandbyInUse",
      "FunctionErrors",
      "SlowReplies",
      "RepeatedServerErrors",
    ]);
  });

  test.each([
    ["canary", "CodeDeployDefault.LambdaCanary10Percent5Minutes"],
    ["linear", "CodeDeployDefault.LambdaLinear10PercentEvery1Minute"],
  ] as const)("gets them by the strategy %s", (deployment, DeploymentConfigName) => {
    synthesise({ deployment }).hasResourceProperties("AWS::CodeDeploy::DeploymentGroup", { DeploymentConfigName });
  });

  test("gets all of them from CloudFormation when the deployment is forced, wherever the alias is and whatever the alarms say", () => {
    const forced = synthesise({ deployment: "forced" });
    const [forcedAlias] = Object.values(forced.findResources("AWS::Lambda::Alias"));
    expect(forcedAlias).not.toHaveProperty("UpdatePolicy");
    expect(forcedAlias?.["Properties"]).toEqual(alias?.["Properties"]);
    // The next deployment finds what it needs.
    expect(Object.keys(forced.findResources("AWS::CodeDeploy::DeploymentGroup"))).toEqual([group.logicalId]);
  });

  test("has no strategy in which no alarm could move callbacks back", () => {
    expect(DEPLOYMENT_STRATEGIES).toEqual(["canary", "linear", "forced"]);
  });

  test("is checked first, once everything exists that the check needs", () => {
    const check = named(template, "AWS::Lambda::Function", "DeploymentCheck");
    expect(alias?.["UpdatePolicy"]).toEqual({
      CodeDeployLambdaAliasUpdate: {
        ApplicationName: group.properties["ApplicationName"],
        DeploymentGroupName: { Ref: group.logicalId },
        BeforeAllowTrafficHook: { Ref: check.logicalId },
      },
    });
    // Two calls of the new version, of up to ten seconds each.
    expect(check.properties["Timeout"]).toBe(30);
    const needed = [
      check.logicalId,
      group.logicalId,
      named(template, "AWS::IAM::Policy", "DeploymentCheckRoleDefaultPolicy").logicalId,
      named(template, "AWS::IAM::Policy", "DeploymentRoleDefaultPolicy").logicalId,
    ];
    expect(alias?.["DependsOn"]).toEqual(expect.arrayContaining(needed));
    const [versionId = ""] = Object.keys(template.findResources("AWS::Lambda::Version"));
    expect(alias?.["Properties"]).toMatchObject({ FunctionVersion: getAtt(versionId, "Version") });
    expect(variables(template, "DeploymentCheck")).toEqual({
      CALLBACK_FUNCTION_ARN: { Ref: versionId },
      SDK_APP_ID,
      TOKEN_SECRET_ARN: { Ref: only(template, "AWS::SecretsManager::Secret").logicalId },
    });
  });

  test("is kept after the next deployment, for a rollback, but not when its own deployment fails", () => {
    const [version] = Object.values(synthesise().findResources("AWS::Lambda::Version"));
    expect(version).toMatchObject({ DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" });
  });

  test("is a new version when the configuration changes", () => {
    const versions = [{}, { clockSkewSeconds: 30 }, { memorySize: 512 }].map((props) =>
      Object.keys(synthesise(props).findResources("AWS::Lambda::Version")),
    );
    expect(new Set(versions.flat()).size).toBe(3);
  });
});

/**
 * The resources that hold data. CloudFormation replaces a resource whose logical id changes, so an upgrade that changes
 * one of these ids would lose the data: a change here needs a migration, and a note in the changelog. Alarms have names, and
 * `alarms.test.ts` holds their ids.
 */
const LOGICAL_IDS: Readonly<Record<(typeof NEW_DESTINATIONS)[number], readonly string[]>> = {
  fifoQueue: [
    "AWS::SQS::Queue ChatEventsFifoQueueDlqBA943923",
    "AWS::SQS::Queue ChatEventsFifoQueueEF7675E5",
    "AWS::SQS::Queue ChatEventsStandbyDeadLetterQueue150A7559",
    "AWS::SQS::Queue ChatEventsStandbyQueue0112AE99",
    "AWS::SecretsManager::Secret ChatEventsTokenAAB0A3E8",
  ],
  standardQueue: [
    "AWS::SQS::Queue ChatEventsStandardQueueB06530C0",
    "AWS::SQS::Queue ChatEventsStandardQueueDlq94759F20",
    "AWS::SQS::Queue ChatEventsStandbyDeadLetterQueue150A7559",
    "AWS::SQS::Queue ChatEventsStandbyQueue0112AE99",
    "AWS::SecretsManager::Secret ChatEventsTokenAAB0A3E8",
  ],
  eventBus: [
    "AWS::Events::Archive ChatEventsArchive4648C7C7",
    "AWS::Events::EventBus ChatEventsEventBusDB38C96F",
    "AWS::SQS::Queue ChatEventsEventBusQueueDAC92A2D",
    "AWS::SQS::Queue ChatEventsEventBusQueueDlq096A0194",
    "AWS::SQS::Queue ChatEventsReadEventsDeadLetterQueue7FF45659",
    "AWS::SQS::Queue ChatEventsStandbyDeadLetterQueue150A7559",
    "AWS::SQS::Queue ChatEventsStandbyQueue0112AE99",
    "AWS::SecretsManager::Secret ChatEventsTokenAAB0A3E8",
  ],
};

describe("A resource that holds events or the token", () => {
  test.each(NEW_DESTINATIONS)("keeps its logical id with %s", (kind) => {
    const { Resources } = synthesise({ destination: Destination[kind]() }).toJSON() as {
      Resources: Record<string, { Type: string }>;
    };
    const stateful = Object.entries(Resources)
      .filter(([, { Type }]) =>
        /^AWS::(SQS::Queue|Events::EventBus|Events::Archive|SecretsManager::Secret)$/.test(Type),
      )
      .map(([logicalId, { Type }]) => `${Type} ${logicalId}`);
    expect(stateful.sort()).toEqual([...LOGICAL_IDS[kind]].sort());
  });

  test("is joined by the API, whose URL is in the Chat console", () => {
    const [api] = Object.keys(synthesise().findResources("AWS::ApiGatewayV2::Api"));
    expect(api).toBe("ChatEventsEndpointApi99AC2879");
  });
});
