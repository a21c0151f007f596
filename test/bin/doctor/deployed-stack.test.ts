import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { Destination } from "../../../lib/destination.ts";
import { TencentChatEvents } from "../../../lib/tencent-chat-events.ts";
import type { AccountState } from "../../support/aws-account.ts";
import { SDK_APP_ID } from "../../support/callbacks.ts";
import { type DeployedStack, deployStack, VARIABLES } from "../../support/deployed-stack.ts";
import { synthesise, synthesiseIn } from "../../support/stack.ts";

let deployed: DeployedStack;

beforeAll(async () => {
  deployed = await deployStack("http://127.0.0.1:1", "DoctorsTokenDoctorsToken");
});
afterAll(() => deployed.close());

describe("npm run doctor -- --stack", () => {
  test("asks the given region", async () => {
    await deployed.examine(deployed.healthy, "--region", "eu-central-1");
    expect(deployed.account.regions.at(-1)).toBe("eu-central-1");
  });

  test("finds a custom domain by its resource", async () => {
    const domain = { domainName: "doctor.invalid", certificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/1" };
    const resources = await deployed.deploy(synthesise({ domain }));
    const { checks, names } = await deployed.examine({ ...deployed.healthy, resources });
    expect(checks[0]).toMatch(/^FAIL {2}connection: the name doctor\.invalid does not resolve/);
    expect(names[1]).toMatch(/^CallbackUrl +https:\/\/doctor\.invalid\/callback$/);
  });

  test("prints the values that the runbook's commands need", async () => {
    const resources = await deployed.deploy(synthesiseIn(() => ({ destination: Destination.eventBus() })));
    const { names } = await deployed.examine({ ...deployed.healthy, resources });
    const values = new Map(names.slice(1).map((line) => line.split(/ {2,}/) as [string, string]));
    for (const name of ["CallbackFunctionLogs", "RepublishingFunctionLogs", "EndpointAccessLog", "Token", "Archive"]) {
      expect(values.get(name)).toMatch(new RegExp(`^MyStack-ChatEvents${name}[0-9A-F]{8}$`));
    }
    const runbook = readFileSync(new URL("../../../docs/runbook.md", import.meta.url), "utf8");
    const named = Array.from(runbook.matchAll(/\$\(resource (\w+)/g), ([, name = ""]) => name);
    expect(named.length).toBeGreaterThan(10);
    expect([...values.keys()]).toEqual(expect.arrayContaining(named));
    expect(values.get("StandbyQueue")).toMatch(/^http:.*StandbyQueue[0-9A-F]{8}$/);
    expect(values.get("StandbyQueue, ARN")).toMatch(/^arn:aws:sqs:us-east-1:000000000000:ChatEventsStandbyQueue\w+$/);
    expect(values.get("EventBus, ARN")).toMatch(/^arn:aws:events:us-east-1:000000000000:event-bus\/MyStack-\w+$/);
    expect(values.get("MonitoringDashboard")).toMatch(
      /^https:\/\/us-east-1\.console\.aws\.amazon\.com\/cloudwatch\/home\?region=us-east-1#dashboards\/dashboard\/MyStack-/,
    );
    expect([...values.keys()].join()).not.toMatch(/Role|Policy|Alarms/);
  });
});

describe("npm run doctor -- --stack with two apps", () => {
  const OTHER_APP = "1400000002";
  let both: AccountState;

  beforeAll(async () => {
    const template = synthesiseIn(
      () => ({}),
      (_chatEvents, stack) => new TencentChatEvents(stack, "ChatEventsToo", { sdkAppId: OTHER_APP }),
    );
    const variables = { Environment: { Variables: { ...VARIABLES, SDK_APP_ID: OTHER_APP } } };
    both = {
      resources: await deployed.deploy(template),
      answers: [[/ChatEventsToo.*configuration/, variables], ...deployed.healthy.answers],
    };
  });

  test.each([
    [SDK_APP_ID, "ChatEventsCallbackFunction"],
    [OTHER_APP, "ChatEventsTooCallbackFunction"],
  ])("checks the one of --sdk-app-id %s only", async (sdkAppId, functionName) => {
    const { checks, names } = await deployed.examine(both, "--sdk-app-id", sdkAppId);
    expect(checks.filter((line) => line.includes("StandbyQueue: ")).length).toBe(1);
    const own = names.filter((line) => line.startsWith("CallbackFunction "));
    expect(own).toEqual([expect.stringContaining(functionName)]);
  });

  test.each([
    [[], `--stack is 'MyStack', which serves 2 apps: choose one with --sdk-app-id, ${SDK_APP_ID} or ${OTHER_APP}\n`],
    [
      ["--sdk-app-id", "1"],
      `--sdk-app-id is '1': expected the app that the stack serves, ${SDK_APP_ID} or ${OTHER_APP}\n`,
    ],
  ])("with %j asks which one", async (options, message) => {
    expect(await deployed.refuse(both, "MyStack", ...options)).toBe(message);
  });
});

describe("npm run doctor -- --stack ends with one line", () => {
  test.each<[string, string, (state: AccountState) => AccountState, string | RegExp]>([
    ["no such stack", "Typo", (state) => state, /^--stack is 'Typo', which .*: Stack with id Typo does not exist\n$/],
    [
      "another kind of stack",
      "MyStack",
      (state) => ({ ...state, resources: [] }),
      /^--stack is 'MyStack', which contains no TencentChatEvents: expected .*\n$/,
    ],
    [
      "credentials that may not read the function",
      "MyStack",
      () => deployed.but([/configuration/, "AccessDeniedException"]),
      "--stack is 'MyStack', which could not be read: AccessDeniedException: not for you\n",
    ],
    [
      "credentials that have expired",
      "MyStack",
      () => deployed.but([/configuration/, "ExpiredTokenException"]),
      "The AWS credentials have expired: log in again, or export new ones\n",
    ],
  ])("for %s", async (_what, name, change, message) => {
    expect(await deployed.refuse(change(deployed.healthy), name)).toMatch(message);
  });

  test.each([
    ["no region", { AWS_REGION: undefined, AWS_CONFIG_FILE: "/nowhere" }, /^No AWS region: export AWS_REGION, .*\n$/],
    ["a malformed region", { AWS_REGION: "eu central" }, /^The AWS region is malformed: export AWS_REGION, .*\n$/],
    [
      "no network",
      { AWS_ENDPOINT_URL_CLOUDFORMATION: "http://127.0.0.1:1" },
      /^AWS can't be reached \(ECONNREFUSED\): .*\n$/,
    ],
  ])("for %s", async (_what, variables, message) => {
    for (const [name, value] of Object.entries(variables)) {
      const before = process.env[name];
      vi.stubEnv(name, value);
      onTestFinished(() => void vi.stubEnv(name, before));
    }
    expect(await deployed.refuse(deployed.healthy, "MyStack")).toMatch(message);
  });
});
