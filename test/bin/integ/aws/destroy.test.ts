import { describe, expect, test } from "vitest";
import { AwsAccount } from "../../../../bin/integ/aws/aws-account.ts";
import { AwsFailure, type Operation, startAwsServices } from "../../../support/aws-services.ts";
import {
  cloudFormation,
  physicalId,
  STACK_ID,
  type StackState,
  stackEvent,
  stackState,
} from "../../../support/integ-stack.ts";

const KEPT = [
  ["AWS::SQS::Queue", "Queue"],
  ["AWS::Logs::LogGroup", "LogGroup"],
  ["AWS::Events::EventBus", "Bus"],
  ["AWS::Events::Archive", "Archive"],
  ["AWS::SecretsManager::Secret", "Secret"],
] as const;

const EVENTS = [
  ...KEPT.flatMap(([type, id]) => [stackEvent(type, id, "DELETE_SKIPPED"), stackEvent(type, id)]),
  { ...stackEvent("AWS::Events::Rule", "Rule", "DELETE_SKIPPED"), PhysicalResourceId: "bus|rule" },
  stackEvent("AWS::Lambda::Function", "Function", "DELETE_COMPLETE"),
  stackEvent("AWS::CloudFormation::Stack", "ChatEventsInteg-1"),
];

const DELETIONS: Readonly<Record<string, Operation>> = {
  DeleteArchive: () => ({}),
  ListTargetsByRule: () => ({ Targets: [{ Id: "Target0", Arn: "arn" }] }),
  RemoveTargets: () => ({}),
  DeleteRule: () => ({}),
  DeleteEventBus: () => ({}),
  DeleteQueue: () => ({}),
  DeleteLogGroup: () => ({}),
  DeleteSecret: () => ({}),
};

async function destroy(
  state: StackState,
  operations: Readonly<Record<string, Operation>> = {},
  prepare: (account: AwsAccount) => Promise<unknown> = async () => {},
) {
  const calls = await startAwsServices({ ...cloudFormation(state), ...DELETIONS, ...operations });
  const pauses: number[] = [];
  const account = new AwsAccount({
    ...{ region: "eu-central-1", stackName: "ChatEventsInteg-1", sdkAppId: "1" },
    deploy: async () => 0,
    rollBack: async () => 0,
    wait: () => Promise.reject(new Error("interrupted")),
    waitUninterrupted: async (milliseconds) => void pauses.push(milliseconds),
  });
  await prepare(account);
  const left = await account.destroy();
  const deletions = calls.filter(([operation]) => /^(Delete|RemoveTargets)/.test(operation));
  return {
    left,
    pauses,
    deletions,
    attempts: (name: string) => calls.filter(([operation]) => operation === name).length,
  };
}

const failing = (code: string) => () => {
  throw new AwsFailure(code);
};

describe("Destroying", () => {
  test("deletes the stack, then everything that CloudFormation kept, in an order that works", async () => {
    const { left, deletions } = await destroy(stackState({ events: EVENTS }));
    expect(left).toEqual([]);
    expect(deletions).toEqual([
      ["DeleteStack", { StackName: STACK_ID }],
      ["DeleteArchive", { ArchiveName: "my-Archive" }],
      ["RemoveTargets", { Rule: "rule", EventBusName: "bus", Ids: ["Target0"] }],
      ["DeleteRule", { Name: "rule", EventBusName: "bus" }],
      ["DeleteEventBus", { Name: "my-Bus" }],
      ["DeleteQueue", { QueueUrl: physicalId("AWS::SQS::Queue", "Queue") }],
      ["DeleteLogGroup", { logGroupName: "my-LogGroup" }],
      ["DeleteSecret", { SecretId: "my-Secret", ForceDeleteWithoutRecovery: true }],
    ]);
  });

  test("deletes the leftovers of a stack that is already deleted", async () => {
    const { left, deletions } = await destroy(stackState({ events: EVENTS, status: "DELETE_COMPLETE" }));
    expect(left).toEqual([]);
    expect(deletions.map(([operation]) => operation)).not.toContain("DeleteStack");
    expect(deletions.map(([operation]) => operation)).toContain("DeleteQueue");
  });

  test("touches no stack that another program created, whatever its name", async () => {
    const { left, deletions } = await destroy(stackState({ events: EVENTS, tags: { mine: "true" } }));
    expect({ left, deletions }).toEqual({ left: [], deletions: [] });
  });

  test("deletes the stack of a first deployment whose change set failed, which has no tags", async () => {
    const { left, deletions } = await destroy(stackState({ status: "REVIEW_IN_PROGRESS", tags: {} }), {}, (account) =>
      account.deploy({}),
    );
    expect({ left, deletions }).toEqual({ left: [], deletions: [["DeleteStack", { StackName: STACK_ID }]] });
  });

  test("waits for an operation in progress", async () => {
    const state = stackState({ events: [], status: "UPDATE_IN_PROGRESS" });
    let reads = 0;
    const { DescribeStacks } = cloudFormation(state);
    const { left, pauses, attempts } = await destroy(state, {
      DescribeStacks(input) {
        reads += 1;
        if (reads === 4) state.status = "UPDATE_ROLLBACK_COMPLETE";
        return DescribeStacks?.(input) ?? "";
      },
    });
    expect(left).toEqual([]);
    expect(pauses.length).toBeGreaterThan(2);
    expect(attempts("DeleteStack")).toBe(1);
  });

  test.each(["QueueDoesNotExist", "ResourceNotFoundException"])(
    "succeeds if everything is already gone (%s)",
    async (code) => {
      const gone = Object.fromEntries(Object.keys(DELETIONS).map((name) => [name, failing(code)]));
      expect((await destroy(stackState({ events: EVENTS }), gone)).left).toEqual([]);
    },
  );

  test("tries again while a bus still has the rule of its archive", async () => {
    let attempts = 0;
    const { left } = await destroy(stackState({ events: EVENTS }), {
      DeleteEventBus() {
        attempts += 1;
        if (attempts < 3) throw new AwsFailure("ValidationException", "Cannot delete event bus: rules");
        return {};
      },
    });
    expect({ left, attempts }).toEqual({ left: [], attempts: 3 });
  });

  test("goes on after a failure, and names what is left", async () => {
    const { left, attempts } = await destroy(stackState({ events: EVENTS }), {
      DeleteQueue: failing("AccessDenied"),
      DeleteLogGroup: failing("OperationAbortedException"),
    });
    expect(left).toEqual([
      expect.stringMatching(/^AWS::SQS::Queue http.*\/Queue \(AccessDenied: made to fail\)$/),
      "AWS::Logs::LogGroup my-LogGroup (OperationAbortedException: made to fail)",
    ]);
    expect({ queue: attempts("DeleteQueue"), secret: attempts("DeleteSecret") }).toEqual({ queue: 1, secret: 1 });
  });

  test("names a stack that can't be deleted", async () => {
    const state = stackState({ events: [] });
    const { left } = await destroy(state, {
      DeleteStack() {
        state.status = "DELETE_FAILED";
        return "";
      },
    });
    expect(left).toEqual([`stack ${STACK_ID} is DELETE_FAILED ()`]);
  });
});
