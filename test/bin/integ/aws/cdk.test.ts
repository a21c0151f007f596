import { expect, test, vi } from "vitest";
import { cdk } from "../../../../bin/integ/aws/cdk.ts";
import { TAG } from "../../../../bin/integ/stack-props.ts";
import { AwsFailure, type Operation, startAwsServices, toXml } from "../../../support/aws-services.ts";
import { SDK_APP_ID } from "../../../support/callbacks.ts";
import { STACK_ID } from "../../../support/integ-stack.ts";

const STACK_NAME = "ChatEventsInteg-1";
/** CDK's bucket, which `cdk bootstrap` creates. */
const BUCKET = "cdk-hnb659fds-assets-123456789012-eu-central-1";

/** A bootstrapped account, as far as `cdk deploy` asks it. */
function bootstrappedAccount(initialStatus = ""): Record<string, Operation> {
  let status = initialStatus;
  return {
    GetCallerIdentity: () => toXml({ Account: "123456789012", UserId: "me", Arn: "arn:aws:iam::123456789012:user/me" }),
    AssumeRole: () =>
      toXml({
        Credentials: { AccessKeyId: "a", SecretAccessKey: "b", SessionToken: "c", Expiration: "2100-01-01T00:00:00Z" },
      }),
    GetParameter: () => ({ Parameter: { Name: "version", Value: "30", Type: "String" } }),
    [`GET ${BUCKET}`]: () => `<ListBucketResult><Name>${BUCKET}</Name><KeyCount>0</KeyCount></ListBucketResult>`,
    DescribeStacks({ StackName }) {
      if (status === "") throw new AwsFailure("ValidationError", `Stack with id ${StackName} does not exist`);
      return toXml({
        Stacks: [{ StackId: STACK_ID, StackName, CreationTime: "2026-01-01T00:00:00Z", StackStatus: status }],
      });
    },
    CreateChangeSet() {
      status = "REVIEW_IN_PROGRESS";
      return toXml({ Id: "change-set", StackId: STACK_ID });
    },
    DescribeChangeSet: () =>
      toXml({
        ...{ Status: "CREATE_COMPLETE", ExecutionStatus: "AVAILABLE", StackId: STACK_ID },
        Changes: [{ Type: "Resource", ResourceChange: { Action: "Add", ResourceType: "AWS::SQS::Queue" } }],
      }),
    GetTemplate: () => toXml({ TemplateBody: "" }),
    ExecuteChangeSet() {
      status = "CREATE_COMPLETE";
      return "";
    },
    ContinueUpdateRollback() {
      status = "UPDATE_ROLLBACK_COMPLETE";
      return "";
    },
    DescribeStackEvents: () => "",
  };
}

test("cdk deploy gets through to CloudFormation with the stack's name, tag and bundles, and its output is printed", async () => {
  const operations = new Proxy(bootstrappedAccount(), {
    // Every file has a name of its own.
    get: (known, name: string) => (name.startsWith(`PUT ${BUCKET}/`) ? () => "" : known[name]),
  });
  const calls = await startAwsServices(operations);
  // Without CDK's validation, which takes longer than the rest: `nag.test.ts` has it.
  vi.stubEnv("CDK_VALIDATION", "false");
  const lines: string[] = [];
  const deploy = cdk("deploy", "eu-central-1", (line) => lines.push(line));
  const exitCode = await deploy({ stackName: STACK_NAME, settings: { sdkAppId: SDK_APP_ID } });
  expect({ exitCode, lines }).toEqual({
    exitCode: 0,
    lines: expect.arrayContaining([expect.stringContaining(`Integ (${STACK_NAME})`)]),
  });
  expect(calls.flatMap(([name, input]) => (name === "CreateChangeSet" ? [input] : []))).toMatchObject([
    { StackName: STACK_NAME, "Tags.member.1.Key": TAG, "Tags.member.1.Value": "true" },
  ]);
  // Three bundles and the template.
  expect(calls.filter(([name]) => name.startsWith(`PUT ${BUCKET}/`)).length).toBe(4);
  expect(calls.map(([name]) => name)).toContain("ExecuteChangeSet");
});

test("cdk rollback continues a rollback that failed, and skips what failed", async () => {
  const calls = await startAwsServices(bootstrappedAccount("UPDATE_ROLLBACK_FAILED"));
  vi.stubEnv("CDK_VALIDATION", "false");
  const rollBack = cdk("rollback", "eu-central-1", () => {});
  expect(await rollBack({ stackName: STACK_NAME, settings: { sdkAppId: SDK_APP_ID } })).toBe(0);
  expect(calls.flatMap(([name, input]) => (name === "ContinueUpdateRollback" ? [input] : []))).toMatchObject([
    { StackName: STACK_ID, ForceRollback: "true" },
  ]);
});
