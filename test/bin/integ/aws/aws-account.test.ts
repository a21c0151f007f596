import { hash } from "node:crypto";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { AwsAccount } from "../../../../bin/integ/aws/aws-account.ts";
import { createIntegStack } from "../../../../bin/integ/stack.ts";
import type { IntegStackProps } from "../../../../bin/integ/stack-props.ts";
import { AwsFailure, type Operation, startAwsServices } from "../../../support/aws-services.ts";
import { SDK_APP_ID } from "../../../support/callbacks.ts";
import { cloudFormation, physicalId, type StackState, stackEvent, stackState } from "../../../support/integ-stack.ts";
import { named, newApp } from "../../../support/stack.ts";

const STACK = "AWS::CloudFormation::Stack";
const QUEUE = "AWS::SQS::Queue";
const ALIAS = "AWS::Lambda::Alias";

const templateOf = (destination: string) =>
  Template.fromStack(createIntegStack(newApp(), { stackName: "S", settings: { sdkAppId: SDK_APP_ID, destination } }));
const template = templateOf("queue");

/** The physical id of one of the template's resources. */
const idOf = (type: string, name: string, of = template) => physicalId(type, named(of, type, name).logicalId);

/** The events of the template's deployment, the newest first. */
const eventsOf = (of: Template) =>
  Object.entries((of.toJSON() as { Resources: Record<string, { Type: string }> }).Resources).map(([id, { Type }]) =>
    stackEvent(Type, id),
  );
const FIRST = [stackEvent(STACK, "ChatEventsInteg-1"), ...eventsOf(template)];

/** An account whose deployments change the state of the stack, and the calls that it gets. */
async function startAccount(
  state: StackState,
  operations: Readonly<Record<string, Operation>> = {},
  deploy: (stack: IntegStackProps) => number = () => 0,
) {
  const calls = await startAwsServices({ ...cloudFormation(state), ...operations });
  const pauses: number[] = [];
  const wait = async (milliseconds: number) => void pauses.push(milliseconds);
  const account = new AwsAccount({
    ...{ region: "eu-central-1", stackName: "ChatEventsInteg-1", sdkAppId: "1", wait, waitUninterrupted: wait },
    deploy: async (stack) => deploy(stack),
    async rollBack({ stackName }) {
      calls.push(["cdk rollback", { stackName }]);
      state.status = "UPDATE_ROLLBACK_COMPLETE";
      return 0;
    },
  });
  const inputsOf = (operation: string) => calls.flatMap(([name, input]) => (name === operation ? [input] : []));
  return { account, calls, pauses, inputsOf };
}

/** The same, with a first deployment done. */
async function startDeployed(operations: Readonly<Record<string, Operation>> = {}) {
  const started = await startAccount(stackState({ events: FIRST }), operations);
  await started.account.deploy({});
  return started;
}

describe("A deployment in an account", () => {
  test("gets the settings, the SDKAppID and the flaw, and succeeds", async () => {
    const deployed: IntegStackProps[] = [];
    const { account } = await startAccount(stackState({ events: FIRST }), {}, (stack) => deployed.push(stack) - 1);
    expect(await account.deploy({ destination: "bus" })).toEqual({ outcome: "deployed", failedType: "", reason: "" });
    expect(deployed).toEqual([
      { stackName: "ChatEventsInteg-1", settings: { destination: "bus", sdkAppId: "1" }, flaw: undefined },
    ]);
  });

  test("that is rolled back names the resource that failed first, and not those cancelled with it", async () => {
    const state = stackState({ events: FIRST });
    let exitCode = 0;
    const { account } = await startAccount(state, {}, () => exitCode);
    await account.deploy({});
    exitCode = 1;
    state.status = "UPDATE_ROLLBACK_COMPLETE";
    const failed = (type: string, reason: string) => stackEvent(type, "X", "UPDATE_FAILED", reason);
    state.events = [
      failed("AWS::Events::Rule", "a later failure"),
      failed(ALIAS, "CodeDeploy rolled back"),
      failed(QUEUE, "Resource update cancelled"),
      ...FIRST,
    ];
    expect(await account.deploy({}, "no-handler")).toEqual({
      outcome: "rolled back",
      failedType: ALIAS,
      reason: "CodeDeploy rolled back",
    });
  });

  test.each([
    ["UPDATE_ROLLBACK_FAILED", 1],
    ["ROLLBACK_COMPLETE", 1],
    ["UPDATE_COMPLETE", 1],
    // From an earlier deployment, as this one has no events.
    ["UPDATE_ROLLBACK_COMPLETE", 1],
    // The change set failed, and nobody executes it.
    ["REVIEW_IN_PROGRESS", 1],
    ["", 1],
  ])("that ends with the stack as %j and exit code %i is stuck", async (status, exitCode) => {
    const { account } = await startAccount(stackState({ status }), {}, () => exitCode);
    const { outcome, reason } = await account.deploy({});
    expect({ outcome, reason }).toEqual({
      outcome: "stuck",
      reason: `'cdk deploy' ended with 1, the stack is ${status || "missing"}`,
    });
  });

  test("can follow a rollback that failed, once CDK has ended that", async () => {
    const state = stackState({ status: "UPDATE_ROLLBACK_FAILED" });
    const { account, inputsOf } = await startAccount(state);
    expect([await account.rollBack(), await account.rollBack()]).toEqual([true, false]);
    expect(inputsOf("cdk rollback")).toEqual([{ stackName: "ChatEventsInteg-1" }]);
  });

  test("waits until CloudFormation has cleaned up", async () => {
    const state = stackState({ status: "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" });
    const account = new AwsAccount({
      ...{ region: "eu-central-1", stackName: "ChatEventsInteg-1", sdkAppId: "1" },
      deploy: async () => 0,
      rollBack: async () => 0,
      wait: async () => {
        state.status = "UPDATE_COMPLETE";
      },
      waitUninterrupted: async () => {},
    });
    await startAwsServices(cloudFormation(state));
    expect((await account.deploy({})).outcome).toBe("deployed");
  });
});

describe("An account", () => {
  test("receives from every queue that consumers ever read from, and from no other", async () => {
    const message = { MessageId: "1", ReceiptHandle: "handle", Body: "{}", MD5OfBody: hash("md5", "{}") };
    const bus = templateOf("bus");
    const seen = new Set<string | undefined>();
    const state = stackState({ events: [...eventsOf(bus), ...FIRST] });
    const { account, inputsOf } = await startAccount(state, {
      ReceiveMessage: ({ QueueUrl }) => (seen.has(QueueUrl) ? {} : seen.add(QueueUrl) && { Messages: [message] }),
      DeleteMessageBatch: () => ({ Successful: [], Failed: [] }),
    });
    await account.deploy({});
    const batches = await account.receive();
    expect(batches.map(({ messages }) => messages)).toMatchObject([[message], [message]]);
    expect(batches.map(({ queueUrl }) => queueUrl)).toEqual(
      batches.map(() => expect.stringMatching(/Queue[0-9A-F]{8}$/)),
    );
    const queues = [idOf(QUEUE, "EventBusQueue", bus), idOf(QUEUE, "FifoQueue")];
    expect([...seen].sort()).toEqual(queues);
    expect(inputsOf("DeleteMessageBatch").map(({ Entries }) => Entries)).toEqual([
      [{ Id: "0", ReceiptHandle: "handle" }],
      [{ Id: "0", ReceiptHandle: "handle" }],
    ]);
  });

  test("receives nothing from a queue that is gone", async () => {
    const { account } = await startDeployed({
      ReceiveMessage: () => {
        throw new AwsFailure("QueueDoesNotExist");
      },
    });
    expect(await account.receive()).toMatchObject([{ messages: [] }]);
  });

  test("counts hidden messages on standby as well", async () => {
    const { account, inputsOf } = await startDeployed({
      GetQueueAttributes: () => ({
        Attributes: { ApproximateNumberOfMessages: "2", ApproximateNumberOfMessagesNotVisible: "3" },
      }),
    });
    expect(await account.countStandby()).toBe(5);
    expect(inputsOf("GetQueueAttributes")).toMatchObject([{ QueueUrl: idOf(QUEUE, "StandbyQueue") }]);
  });

  test("denies sending to the destination in addition to its policy, and restores that policy", async () => {
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid: "TLS only" }] });
    const { account, inputsOf } = await startDeployed({
      GetQueueAttributes: () => ({ Attributes: { Policy, QueueArn: "arn:queue" } }),
      SetQueueAttributes: () => ({}),
    });
    await account.denyDestination();
    await account.restoreDestination();
    const policies = inputsOf("SetQueueAttributes").map(({ QueueUrl, Attributes }) => {
      expect(QueueUrl).toBe(idOf(QUEUE, "FifoQueue"));
      return JSON.parse((Attributes as { Policy: string }).Policy) as object;
    });
    expect(policies).toEqual([
      {
        Version: "2012-10-17",
        Statement: [
          { Sid: "TLS only" },
          expect.objectContaining({ Effect: "Deny", Principal: "*", Action: "sqs:SendMessage", Resource: "arn:queue" }),
        ],
      },
      JSON.parse(Policy),
    ]);
  });

  test("reads and changes the token in its secret, each time as a new version", async () => {
    const { account, inputsOf } = await startDeployed({
      GetSecretValue: () => ({ SecretString: "the token" }),
      PutSecretValue: () => ({}),
    });
    expect(await account.token()).toBe("the token");
    await account.putToken("new");
    await account.putToken("new");
    const puts = inputsOf("PutSecretValue");
    expect(puts).toMatchObject(
      Array(2).fill({ SecretId: idOf("AWS::SecretsManager::Secret", "Token"), SecretString: "new" }) as object[],
    );
    expect(new Set(puts.map(({ ClientRequestToken }) => ClientRequestToken)).size).toBe(2);
  });

  test("reads an alarm by the name that CloudFormation gave it", async () => {
    const { account, inputsOf } = await startDeployed({
      DescribeAlarms: () => ({ MetricAlarms: [{ StateValue: "ALARM", AlarmDescription: "Look here" }] }),
    });
    expect(await account.alarm("StandbyInUse")).toEqual({ state: "ALARM", description: "Look here" });
    const name = idOf("AWS::CloudWatch::Alarm", "MonitoringAlarmsStandbyInUse");
    expect(inputsOf("DescribeAlarms")).toMatchObject([{ AlarmNames: [name] }]);
    await expect(account.alarm("Other")).rejects.toThrow("no AWS::CloudWatch::Alarm whose logical id ends in Other");
  });

  test("moves the alias to the newest version before the one that the alias points at", async () => {
    const { account, inputsOf } = await startDeployed({
      "GET aliases/live": () => ({ FunctionVersion: "12" }),
      [`GET ${idOf("AWS::Lambda::Function", "CallbackFunction")}/versions`]: () => ({
        Versions: ["$LATEST", "2", "11", "12", "13"].map((Version) => ({ Version })),
      }),
      "PUT aliases/live": () => ({}),
    });
    await account.moveAlias();
    expect(inputsOf("PUT aliases/live")).toEqual([{ FunctionVersion: "11" }]);
  });

  test("counts what it uses", async () => {
    const { account } = await startDeployed({ GetQueueAttributes: () => ({ Attributes: {} }) });
    await account.countStandby();
    await account.post({ token: "t" });
    const { callbacks, queueRequests, resources } = account.usage();
    expect({ callbacks, queueRequests }).toEqual({ callbacks: 1, queueRequests: 1 });
    expect(resources).toMatchObject({ "AWS::SecretsManager::Secret": 1, "AWS::CloudWatch::Dashboard": 1, [QUEUE]: 4 });
  });
});
