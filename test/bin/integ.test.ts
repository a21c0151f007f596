import { describe, expect, test, vi } from "vitest";
import { main } from "../../bin/integ.ts";
import { startAwsServices, toXml } from "../support/aws-services.ts";
import { launch, run } from "../support/command.ts";
import { cloudFormation, type StackState, stackEvent, stackState } from "../support/integ-stack.ts";

const ACCOUNT = "123456789012";

async function startServices(state: StackState) {
  vi.stubEnv("AWS_REGION", undefined);
  return startAwsServices({
    ...cloudFormation(state),
    DeleteQueue: () => ({}),
    GetCallerIdentity: () => toXml({ Account: ACCOUNT, UserId: "me", Arn: "arn:me" }),
  });
}

async function integ(state: StackState, ...options: string[]) {
  const calls = await startServices(state);
  const result = await run(main, "--sdk-app-id", "1", ...options);
  const changes = calls.map(([operation]) => operation).filter((name) => !/^(Get|Describe|List)/.test(name));
  return { ...result, changes };
}

const CONSENT = ["--region", "eu-central-1", "--account", ACCOUNT];

describe("npm run integ changes nothing", () => {
  test.each<[string, StackState, string[], RegExp]>([
    [
      "without consent to the costs",
      stackState({ status: "" }),
      ["--region", "eu-central-1"],
      /^--account is missing: this creates resources that cost money\. /,
    ],
    [
      "in another account than the one consented to",
      stackState({ status: "" }),
      ["--region", "eu-central-1", "--account", "1"],
      /^--account is '1', but the credentials belong to 123456789012: use the right ones\n$/,
    ],
    ["without a region", stackState({ status: "" }), ["--account", ACCOUNT], /^--region is missing: give one, or/],
    [
      "if its stack exists",
      stackState(),
      CONSENT,
      /^The stack ChatEventsInteg-1 exists: delete it with --destroy-only, or give another --sdk-app-id\n$/,
    ],
    [
      "if told to delete a stack of that name that it did not create",
      stackState({ tags: {} }),
      [...CONSENT, "--destroy-only"],
      /^No run of this command created a stack ChatEventsInteg-1 in eu-central-1 in the last 90 days\n$/,
    ],
    [
      "if there is nothing to delete",
      stackState({ status: "" }),
      [...CONSENT, "--destroy-only"],
      /^No run of this command created a stack/,
    ],
    [
      "if the SDKAppID is not a number",
      stackState({ status: "" }),
      [...CONSENT, "--sdk-app-id", "my-app"],
      /^--sdk-app-id is 'my-app': expected a whole number/,
    ],
    [
      "if told to keep the stack and to delete it",
      stackState(),
      [...CONSENT, "--keep", "--destroy-only"],
      /^--keep and --destroy-only contradict each other: give one of them\n$/,
    ],
  ])("%s", async (_case, state, options, message) => {
    const { stdout, stderr, exitCode, changes } = await integ(state, ...options);
    expect({ stdout, exitCode, changes }).toEqual({ stdout: "", exitCode: 1, changes: [] });
    expect(stderr).toMatch(message);
  });
});

test("npm run integ -- --destroy-only deletes what an earlier run left, and says so", async () => {
  // Deleted itself, so that there is nothing to wait for.
  const state = stackState({ status: "DELETE_COMPLETE", events: [stackEvent("AWS::SQS::Queue", "Queue")] });
  const { stdout, exitCode, changes } = await integ(state, ...CONSENT, "--destroy-only");
  expect(stdout).toMatch(/^kept {2,}\d+ s {2}Nothing remains: the stack and everything it created is deleted\n/);
  expect(stdout).toContain("\n| Nothing remains | the stack and everything it created is deleted | kept |\n");
  expect({ exitCode, changes }).toEqual({ exitCode: 0, changes: ["DeleteQueue"] });
});

test("npm run integ starts although a change set waits under its stack's name, as that created nothing", async () => {
  await startServices(stackState({ status: "REVIEW_IN_PROGRESS", tags: {} }));
  const command = launch(main, "--sdk-app-id", "1", ...CONSENT);
  // Before the first step.
  command.interrupt();
  const { stdout, stderr } = await command.ended;
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^not observed .*The first deployment succeeds: \n/);
});
