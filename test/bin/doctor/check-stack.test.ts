import { createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { concurrencyFinding } from "../../../bin/doctor/check-stack.ts";
import { close, listen } from "../../../local/server.ts";
import { type AccountState, type AwsAccount, type Resource, startAwsAccount } from "../../support/aws-account.ts";
import { OK, SDK_APP_ID } from "../../support/callbacks.ts";
import { beginnings, runDoctor } from "../../support/doctor.ts";
import { callbackFunction, queueNamed, synthesise } from "../../support/stack.ts";
import { type RunningStart, startInProcess } from "../../support/start.ts";

const TOKEN = "DoctorsTokenDoctorsToken";
const SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:Token";

const template = synthesise();
const CALLBACK_FUNCTION = callbackFunction(template).logicalId;
const STANDBY = queueNamed(template, "StandbyQueue");
const STANDBY_DEAD_LETTERS = queueNamed(template, "StandbyDeadLetterQueue");
const DEAD_LETTERS = queueNamed(template, "FifoQueueDeadLetters");

let system: RunningStart;
let account: AwsAccount;
let healthy: AccountState;

beforeAll(async () => {
  system = await startInProcess("--token", TOKEN);
  account = await startAwsAccount();
  for (const [name, value] of Object.entries(account.environment)) vi.stubEnv(name, value);
  account.createSecret(SECRET, TOKEN);
  const resources: Resource[] = [];
  for (const [logicalId, { Type }] of Object.entries(
    template.toJSON()["Resources"] as Record<string, { Type: string }>,
  )) {
    const isQueue = Type === "AWS::SQS::Queue";
    resources.push([Type, logicalId, isQueue ? await account.createQueue(logicalId) : `MyStack-${logicalId}`]);
  }
  healthy = {
    outputs: { TokenSecretArn: SECRET, CallbackUrl: system.ready.callbackUrl },
    resources,
    variables: { SDK_APP_ID, AUTHENTICATION: "token", TOKEN_SECRET_ARN: SECRET },
    unreservedConcurrency: 1_000,
    reservedConcurrency: undefined,
    throttle: { throttlingRateLimit: 2_000, throttlingBurstLimit: 4_000 },
    denied: undefined,
  };
});
beforeEach(() => {
  account.state = healthy;
});
afterAll(() => Promise.all([account?.close(), system.stop()]));

const doctor = (...options: string[]) => runDoctor([TOKEN], ...options);
/** The line about one thing. */
const about = (lines: readonly string[], subject: string) => lines.find((line) => line.includes(`  ${subject}: `));

describe("npm run doctor -- --stack", () => {
  test("finds the URL, the SDKAppID and the token, and passes a healthy stack", async () => {
    const { lines, stderr, exitCode } = await doctor("--stack", "MyStack");
    expect(stderr).toBe("");
    expect(beginnings(lines).filter((beginning) => !beginning.endsWith("time to answer"))).toEqual([
      "ok    connection",
      "ok    Verify",
      "ok    unsigned request",
      "ok    request signed two days ago",
      "ok    request signed with a wrong token",
      "ok    concurrency",
      `ok    ${DEAD_LETTERS}`,
      `ok    ${STANDBY_DEAD_LETTERS}`,
      `ok    ${STANDBY}`,
    ]);
    expect(about(lines, "concurrency")).toContain("1000 environments, shared by the account's functions");
    expect(exitCode).toBe(0);
    // The version that gets the callbacks, not the newest one.
    expect(account.requests).toContain(
      `/2015-03-31/functions/MyStack-${CALLBACK_FUNCTION}/configuration?Qualifier=live`,
    );
  });

  test("asks the given region", async () => {
    await doctor("--stack", "MyStack", "--region", "eu-central-1");
    expect(account.regions.at(-1)).toBe("eu-central-1");
  });

  test("fails a new account, whose Lambda throttles before the stage does", async () => {
    account.state = { ...healthy, unreservedConcurrency: 10 };
    const { lines, exitCode } = await doctor("--stack", "MyStack");
    const line = about(lines, "concurrency");
    expect(line).toMatch(
      /^FAIL {2}concurrency: 10 environments, .* about 833 callbacks a second .* lets 2000 a second/,
    );
    expect(line).toContain("docs/runbook.md#function-throttled");
    expect(exitCode).toBe(1);
  });

  test("counts the environments that are reserved for the function", async () => {
    account.state = { ...healthy, reservedConcurrency: 30 };
    const { lines, exitCode } = await doctor("--stack", "MyStack");
    expect(about(lines, "concurrency")).toMatch(/^note {2}concurrency: 30 environments, reserved for the function, /);
    expect(exitCode).toBe(0);
  });

  test("notes how many messages queues hold", async () => {
    await account.send(STANDBY, "an event");
    await account.send(STANDBY, "another one");
    await account.send(DEAD_LETTERS, "an event");
    const { lines, exitCode } = await doctor("--stack", "MyStack");
    expect(about(lines, STANDBY)).toMatch(/^note .* holds about 2 messages\. See docs\/runbook\.md#standby-in-use$/);
    expect(about(lines, DEAD_LETTERS)).toMatch(/^note .* holds about 1 message\. See docs\/runbook\.md#dead-letters$/);
    expect(about(lines, STANDBY_DEAD_LETTERS)).toMatch(/^ok /);
    expect(exitCode).toBe(0);
  });

  test("notes that anyone may call where authentication is 'none', and needs no token for that", async () => {
    const server = createServer((_request, response) => response.end(JSON.stringify(OK)));
    onTestFinished(() => close(server));
    account.state = {
      ...healthy,
      outputs: { CallbackUrl: await listen(server) },
      variables: { SDK_APP_ID, AUTHENTICATION: "none" },
    };
    const { lines, exitCode } = await doctor("--stack", "MyStack");
    expect(beginnings(lines).slice(0, 3)).toEqual(["ok    connection", "ok    Verify", "note  unsigned request"]);
    expect(lines.join()).not.toContain("wrong token");
    expect(exitCode).toBe(0);
  });

  test("FAILs an endpoint that is down, and still checks the stack", async () => {
    account.state = { ...healthy, outputs: { CallbackUrl: "http://127.0.0.1:1/callback" } };
    const { lines, exitCode } = await doctor("--stack", "MyStack");
    expect(beginnings(lines).slice(0, 2)).toEqual(["FAIL  connection", "ok    concurrency"]);
    expect(exitCode).toBe(1);
  });

  test("notes what its credentials may not read", async () => {
    account.state = { ...healthy, denied: /account-settings/ };
    const { lines, exitCode } = await doctor("--stack", "MyStack");
    expect(about(lines, "concurrency")).toMatch(/^note .*could not be checked: AccessDeniedException: not for you\. /);
    expect(exitCode).toBe(0);
  });

  test("FAILs a queue that is gone", async () => {
    const gone = healthy.resources.map(
      ([type, id, url]): Resource => [type, id, id === STANDBY ? url.replace(STANDBY, "gone") : url],
    );
    account.state = { ...healthy, resources: gone };
    const { lines, exitCode } = await doctor("--stack", "MyStack");
    expect(about(lines, STANDBY)).toMatch(/^FAIL .*could not be checked: QueueDoesNotExist.*#events-not-stored$/);
    expect(exitCode).toBe(1);
  });

  test("does not blame the stack's name for a missing region", async () => {
    vi.stubEnv("AWS_REGION", undefined);
    vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
    const { stderr, exitCode } = await doctor("--stack", "MyStack");
    vi.stubEnv("AWS_REGION", account.environment["AWS_REGION"]);
    expect(stderr).toMatch(/^No AWS region: export AWS_REGION, .*\n$/);
    expect(exitCode).toBe(1);
  });

  test.each<[string, string, (state: AccountState) => AccountState, string | RegExp]>([
    ["no such stack", "Typo", (state) => state, /^--stack is 'Typo', which .*: Stack with id Typo does not exist\n$/],
    [
      "another kind of stack",
      "MyStack",
      (state) => ({ ...state, outputs: {} }),
      /^--stack is 'MyStack', which has no output CallbackUrl: expected .*\n$/,
    ],
    [
      "a stack with no callback function",
      "MyStack",
      (state) => ({ ...state, resources: [] }),
      "The stack has 0 resources CallbackFunction of type AWS::Lambda::Function: expected one\n",
    ],
    [
      "credentials that may not read the function",
      "MyStack",
      (state) => ({ ...state, denied: /configuration/ }),
      "--stack is 'MyStack', which could not be read: AccessDeniedException: not for you\n",
    ],
    [
      "a secret that is gone",
      "MyStack",
      (state) => ({ ...state, variables: { ...state.variables, TOKEN_SECRET_ARN: "gone" } }),
      /^--stack is 'MyStack', which could not be read: ResourceNotFoundException: .*\n$/,
    ],
  ])("ends with one line for %s", async (_what, name, change, message) => {
    account.state = change(healthy);
    const { lines, stderr, exitCode } = await doctor("--stack", name);
    expect({ lines, exitCode }).toEqual({ lines: [], exitCode: 1 });
    expect(stderr).toMatch(message);
  });
});

test.each([
  ["FAIL", 23],
  ["note", 24],
  ["note", 71],
  ["ok", 72],
])(
  "At 12 ms a callback, 2,000 a second and 4,000 at a time, it is %s to have %i environments",
  (verdict, environments) => {
    expect(concurrencyFinding({ environments, isReserved: false, rate: 2_000, burst: 4_000 }).verdict).toBe(verdict);
  },
);
