import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { AwsAccount } from "../../../../bin/integ/aws/aws-account.ts";
import type { IntegStackProps } from "../../../../bin/integ/stack-props.ts";
import { AwsFailure, type Operation, startAwsServices } from "../../../support/aws-services.ts";
import { cloudFormation, physicalId, type StackState, stackEvent, stackState } from "../../../support/integ-stack.ts";

const HASH = "0123ABCD";
const STACK = "AWS::CloudFormation::Stack";
const QUEUE = "AWS::SQS::Queue";
const ALIAS = "AWS::Lambda::Alias";

const queueUrl = (name: string) => physicalId(QUEUE, `ChatEvents${name}${HASH}`);

/** The events of a first deployment, the newest first. */
const FIRST = [
  stackEvent(STACK, "TencentChatEventsInteg-1"),
  stackEvent(ALIAS, `ChatEventsCallbackAlias${HASH}`),
  stackEvent("AWS::CloudWatch::Alarm", `ChatEventsMonitoringAlarmsStandbyInUse${HASH}`),
  stackEvent("AWS::SecretsManager::Secret", `ChatEventsToken${HASH}`),
  stackEvent("AWS::Lambda::Function", `ChatEventsCallbackFunction${HASH}`),
  stackEvent(QUEUE, `ChatEventsStandbyQueue${HASH}`),
  stackEvent(QUEUE, `ChatEventsFifoQueueDeadLetters${HASH}`),
  stackEvent(QUEUE, `ChatEventsFifoQueue${HASH}`),
];

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
    ...{ region: "eu-central-1", stackName: "TencentChatEventsInteg-1", sdkAppId: "1", wait, waitUninterrupted: wait },
    deploy: async (stack) => deploy(stack),
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
      { stackName: "TencentChatEventsInteg-1", settings: { destination: "bus", sdkAppId: "1" }, flaw: undefined },
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
    ["", 1],
  ])("that ends with the stack as %j and exit code %i is stuck", async (status, exitCode) => {
    const { account } = await startAccount(stackState({ status }), {}, () => exitCode);
    const { outcome, reason } = await account.deploy({});
    expect({ outcome, reason }).toEqual({
      outcome: "stuck",
      reason: `'cdk deploy' ended with 1, the stack is ${status || "missing"}`,
    });
  });

  test("waits until CloudFormation has cleaned up", async () => {
    const state = stackState({ status: "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" });
    const account = new AwsAccount({
      ...{ region: "eu-central-1", stackName: "TencentChatEventsInteg-1", sdkAppId: "1", deploy: async () => 0 },
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
    const seen = new Set<string | undefined>();
    const state = stackState({ events: [stackEvent(QUEUE, `ChatEventsEventBusQueue${HASH}`), ...FIRST] });
    const { account, inputsOf } = await startAccount(state, {
      ReceiveMessage: ({ QueueUrl }) => (seen.has(QueueUrl) ? {} : seen.add(QueueUrl) && { Messages: [message] }),
      DeleteMessageBatch: () => ({ Successful: [], Failed: [] }),
    });
    await account.deploy({});
    expect(await account.receive()).toEqual([message, message].map((expected) => expect.objectContaining(expected)));
    const queues = ["EventBusQueue", "FifoQueue"].map((name) => queueUrl(name));
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
    expect(await account.receive()).toEqual([]);
  });

  test("counts hidden messages on standby as well", async () => {
    const { account, inputsOf } = await startDeployed({
      GetQueueAttributes: () => ({
        Attributes: { ApproximateNumberOfMessages: "2", ApproximateNumberOfMessagesNotVisible: "3" },
      }),
    });
    expect(await account.countStandby()).toBe(5);
    expect(inputsOf("GetQueueAttributes")).toMatchObject([{ QueueUrl: queueUrl("StandbyQueue") }]);
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
      expect(QueueUrl).toBe(queueUrl("FifoQueue"));
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
      Array(2).fill({ SecretId: `my-ChatEventsToken${HASH}`, SecretString: "new" }) as object[],
    );
    expect(new Set(puts.map(({ ClientRequestToken }) => ClientRequestToken)).size).toBe(2);
  });

  test("reads an alarm by the name that CloudFormation gave it", async () => {
    const { account, inputsOf } = await startDeployed({
      DescribeAlarms: () => ({ MetricAlarms: [{ StateValue: "ALARM", AlarmDescription: "Look here" }] }),
    });
    expect(await account.alarm("StandbyInUse")).toEqual({ state: "ALARM", description: "Look here" });
    const name = `my-ChatEventsMonitoringAlarmsStandbyInUse${HASH}`;
    expect(inputsOf("DescribeAlarms")).toMatchObject([{ AlarmNames: [name] }]);
    await expect(account.alarm("Other")).rejects.toThrow("no AWS::CloudWatch::Alarm whose logical id ends in Other");
  });

  test("goes back to the newest version before the one that the alias points at", async () => {
    const { account, inputsOf } = await startDeployed({
      "GET aliases/live": () => ({ FunctionVersion: "12" }),
      [`GET my-ChatEventsCallbackFunction${HASH}/versions`]: () => ({
        Versions: ["$LATEST", "2", "11", "12", "13"].map((Version) => ({ Version })),
      }),
      "PUT aliases/live": () => ({}),
    });
    await account.goBack();
    expect(inputsOf("PUT aliases/live")).toEqual([{ FunctionVersion: "11" }]);
  });

  test("counts what it uses", async () => {
    const { account } = await startDeployed({ GetQueueAttributes: () => ({ Attributes: {} }) });
    await account.countStandby();
    await account.post({ token: "t" });
    const { callbacks, queueRequests, resources } = account.usage();
    expect({ callbacks, queueRequests }).toEqual({ callbacks: 1, queueRequests: 1 });
    expect(resources).toMatchObject({ "AWS::CloudWatch::Alarm": 1, [QUEUE]: 3 });
  });
});
