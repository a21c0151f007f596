import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Destination } from "../../../lib/destination.ts";
import { close, listen } from "../../../local/server.ts";
import type { Answer, Resource } from "../../support/aws-account.ts";
import { OK, SDK_APP_ID } from "../../support/callbacks.ts";
import { about, type DeployedStack, deployStack, VARIABLES } from "../../support/deployed-stack.ts";
import { beginnings } from "../../support/doctor.ts";
import { callbackFunction, synthesise, synthesiseIn } from "../../support/stack.ts";
import { type RunningStart, startInProcess } from "../../support/start.ts";

const TOKEN = "DoctorsTokenDoctorsToken";

let system: RunningStart;
let deployed: DeployedStack;

beforeAll(async () => {
  system = await startInProcess("--token", TOKEN);
  deployed = await deployStack(new URL(system.ready.callbackUrl).origin, TOKEN);
});
afterAll(() => Promise.all([deployed?.close(), system.stop()]));

const HEALTHY_ENDPOINT = [
  "ok    connection",
  "ok    Verify",
  "ok    unsigned request",
  "ok    request signed two days ago",
  "ok    request signed with a wrong token",
];

describe("npm run doctor -- --stack passes", () => {
  test("a healthy stack", async () => {
    const { checks, exitCode } = await deployed.examine(deployed.healthy);
    expect(beginnings(checks).filter((beginning) => !beginning.endsWith("time to answer"))).toEqual([
      ...HEALTHY_ENDPOINT,
      "ok    version",
      "ok    permission",
      "ok    republishing",
      "ok    throttle",
      "ok    concurrency",
      "ok    FifoQueueDlq",
      "ok    FifoQueue",
      "ok    StandbyDeadLetterQueue",
      "ok    StandbyQueue",
    ]);
    expect(exitCode).toBe(0);
    // The version that gets the callbacks, not the newest one.
    const { logicalId } = callbackFunction(synthesise());
    expect(deployed.account.requests).toContain(
      `/2015-03-31/functions/MyStack-${logicalId}/configuration?Qualifier=live`,
    );
  });

  test("a user's own stack with a bus, without outputs, alarms, dashboard and CodeDeploy", async () => {
    const template = synthesiseIn(() => ({ destination: Destination.eventBus() }));
    const resources = (await deployed.deploy(template)).filter(
      ([type]) => !/Alarm|Dashboard|CodeDeploy|SNS|KMS/.test(type),
    );
    const variables = { ...VARIABLES, EVENT_BUS_NAME: "bus" };
    const { checks, exitCode } = await deployed.examine({ resources, answers: deployed.answers(variables) });
    const subjects = ["EventBus", "ReadEventsRule", "EventBusQueue", "ReadEventsDeadLetterQueue"];
    expect(subjects.map((subject) => about(checks, subject).slice(0, 4))).toEqual(subjects.map(() => "ok  "));
    expect(checks.filter((line) => line.startsWith("FAIL"))).toEqual([]);
    expect(exitCode).toBe(0);
  });

  test("a user's existing queue", async () => {
    const queueUrl = await deployed.account.createQueue("existing");
    const { checks } = await deployed.examine({
      ...deployed.healthy,
      answers: deployed.answers({ ...VARIABLES, QUEUE_URL: queueUrl }),
    });
    expect(about(checks, "destination")).toMatch(/^ok /);
  });
});

describe("npm run doctor -- --stack", () => {
  test("notes how many messages queues hold", async () => {
    const resources = await deployed.deploy(synthesise({ destination: Destination.standardQueue() }));
    const idOf = (name: string) => resources.find(([, id]) => id.startsWith(`ChatEvents${name}`))?.[1] ?? "";
    for (const name of ["StandbyQueue", "StandbyQueue", "StandardQueueDlq"])
      await deployed.account.send(idOf(name), "event");
    const { checks, exitCode } = await deployed.examine({ ...deployed.healthy, resources });
    expect(about(checks, "StandbyQueue")).toMatch(
      /^note .* holds about 2 messages\. See docs\/runbook\.md#standby-in-use$/,
    );
    expect(about(checks, "StandardQueueDlq")).toMatch(/^note .* holds about 1 message\. See .*#dead-letters$/);
    expect(exitCode).toBe(0);
  });

  test("notes that anyone may call where authentication is 'none', and needs no token for that", async () => {
    const server = createServer((_request, response) => response.end(JSON.stringify(OK)));
    onTestFinished(() => close(server));
    const variables = [
      /\/configuration\?/,
      { Environment: { Variables: { SDK_APP_ID, AUTHENTICATION: "none" } } },
    ] as const;
    const { checks, exitCode } = await deployed.examine(
      deployed.but(variables, [/^\/v2\/apis\/api1$/, { apiEndpoint: await listen(server) }]),
    );
    expect(beginnings(checks).slice(0, 3)).toEqual(["ok    connection", "ok    Verify", "note  unsigned request"]);
    expect(checks.join()).not.toContain("wrong token");
    expect(exitCode).toBe(0);
  });

  const reserved = (ReservedConcurrentExecutions: number): Answer => [
    /\/concurrency$/,
    { ReservedConcurrentExecutions },
  ];
  const limit = (ConcurrentExecutions: number): Answer => [
    /account-settings/,
    { AccountLimit: { ConcurrentExecutions, UnreservedConcurrentExecutions: ConcurrentExecutions } },
  ];
  /** A policy that lets API Gateway invoke the function for an API. */
  const policy = (change: object, apiId = "api1"): Answer => {
    const Condition = {
      ArnLike: { "AWS:SourceArn": `arn:aws:execute-api:us-east-1:000000000000:${apiId}/*/*/callback` },
    };
    const statement = { Effect: "Allow", Principal: { Service: "apigateway.amazonaws.com" }, Condition, ...change };
    return [/policy/, { Policy: JSON.stringify({ Statement: [statement] }) }];
  };
  const GO_BACK = "docs/runbook.md#go-back-to-an-older-version";

  test.each<[string, string, string, Answer]>([
    ["a new account's quota", "concurrency", "L-B99A9384 --desired-value 1000; otherwise lower throttle", limit(10)],
    ["reserved concurrency", "concurrency", "30 environments, reserved for the function", reserved(30)],
    [
      "a small region's quota",
      "throttle",
      "2500 and 1250 for all its APIs",
      [/^\/account$/, { throttleSettings: { rateLimit: 2_500, burstLimit: 1_250 } }],
    ],
    [
      "an alias that somebody moved",
      "version",
      `callbacks run on version 7, though CloudFormation deployed version 9. Deploy another version with -c deployment=forced (${GO_BACK}), or move the alias back: aws lambda update-alias --function-name`,
      [/aliases/, { FunctionVersion: "7" }],
    ],
    [
      "a deployment in progress",
      "version",
      `callbacks run on version 9, and 10 % of them on version 10. That ends with the deployment that is in progress; if there is none, see ${GO_BACK}`,
      [/aliases/, { FunctionVersion: "9", RoutingConfig: { AdditionalVersionWeights: { "10": 0.1 } } }],
    ],
    [
      "what its credentials may not read",
      "concurrency",
      "could not be checked: AccessDeniedException: not for you. Run it again with credentials that may read it",
      [/account-settings/, "AccessDeniedException"],
    ],
    [
      "a policy that its credentials may not read",
      "permission",
      "could not be checked: AccessDeniedException: not for you",
      [/policy/, "AccessDeniedException"],
    ],
  ])("notes %s, which is no fault", async (_what, subject, text, answer) => {
    const { checks, exitCode } = await deployed.examine(deployed.but(answer));
    expect(about(checks, subject)).toMatch(/^note /);
    expect(about(checks, subject)).toContain(text);
    expect(exitCode).toBe(0);
  });

  test.each<[string, string, string, Answer]>([
    ["a permission for any API", "permission", "API Gateway may invoke", policy({ Condition: undefined })],
    ["a stage without a throttle of its own", "throttle", "the stage lets 10000", [/stages/, {}]],
  ])("passes %s", async (_what, subject, text, answer) => {
    const { checks, exitCode } = await deployed.examine(deployed.but(answer));
    expect(about(checks, subject)).toMatch(/^ok /);
    expect(about(checks, subject)).toContain(text);
    expect(exitCode).toBe(0);
  });

  test("compares Lambda's concurrency with the account's throttle where that is the lower one", async () => {
    const throttle = [/^\/account$/, { throttleSettings: { rateLimit: 1_000, burstLimit: 500 } }] as const;
    const { checks } = await deployed.examine(deployed.but(throttle, limit(30)));
    expect(about(checks, "concurrency")).toMatch(/^ok .* lets 1000 a second through, and bursts of 500$/);
  });

  test("compares the alias with the newest version that the stack still has", async () => {
    const version = (number: number, status: string): Resource => {
      const [type, id, arn] = deployed.healthy.resources.find(([type]) => type === "AWS::Lambda::Version") as Resource;
      return [type, `${id}${number}`, arn.replace(/9$/, `${number}`), status];
    };
    const versions = [version(10, "CREATE_COMPLETE"), version(11, "DELETE_COMPLETE")];
    const resources = [...deployed.healthy.resources, ...versions];
    const { checks } = await deployed.examine({ ...deployed.healthy, resources });
    expect(about(checks, "version")).toContain("on version 9, though CloudFormation deployed version 10.");
  });

  test("does not call it a drift while CloudFormation moves the alias", async () => {
    const resources = deployed.healthy.resources.map(([type, id, physical]): Resource => {
      return [type, id, physical, type === "AWS::Lambda::Alias" ? "UPDATE_IN_PROGRESS" : "UPDATE_COMPLETE"];
    });
    const { checks } = await deployed.examine({ ...deployed.but([/aliases/, { FunctionVersion: "8" }]), resources });
    expect(about(checks, "version")).toMatch(
      /^note {2}version: callbacks run on version 8\. That ends with the deployment/,
    );
  });

  test.each<[string, string, string, Answer]>([
    [
      "a function that may not run",
      "concurrency",
      "aws lambda delete-function-concurrency --function-name",
      reserved(0),
    ],
    [
      "a stage that lets nothing through",
      "throttle",
      "every callback is refused with 429",
      [/stages/, { defaultRouteSettings: { throttlingRateLimit: 0, throttlingBurstLimit: 0 } }],
    ],
    [
      "a permission that is gone",
      "permission",
      "--source-arn 'arn:aws:execute-api:us-east-1:000000000000:api1/*/*/callback'",
      [/policy/, "ResourceNotFoundException"],
    ],
    [
      "a permission of another API",
      "permission",
      "aws lambda add-permission --function-name",
      [/policy/, { Policy: '{"Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"}}]}' }],
    ],
    ["a permission of API Gateway's that is for another API", "permission", "add-permission", policy({}, "api2")],
    ["a permission that denies", "permission", "add-permission", policy({ Effect: "Deny" })],
    ["a mapping that is being switched off", "republishing", "--enabled", [/mappings/, { State: "Disabling" }]],
    ["a mapping that is being deleted", "republishing", "--enabled", [/mappings/, { State: "Deleting" }]],
    [
      "a mapping that is switched off",
      "republishing",
      "update-event-source-mapping --uuid",
      [/mappings/, { State: "Disabled" }],
    ],
    ["a mapping that is gone", "republishing", "ResourceNotFoundException", [/mappings/, "ResourceNotFoundException"]],
  ])("FAILs %s", async (_what, subject, text, answer) => {
    const { checks, exitCode } = await deployed.examine(deployed.but(answer));
    expect(about(checks, subject)).toMatch(/^FAIL /);
    expect(about(checks, subject)).toContain(text);
    expect(exitCode).toBe(1);
  });

  test.each<[string, Answer, string]>([
    ["EventBus", [/DescribeEventBus$/, "ResourceNotFoundException"], "ResourceNotFoundException"],
    [
      "ReadEventsRule",
      [/DescribeRule$/, { State: "DISABLED" }],
      "aws events enable-rule --name ChatEventsReadEventsRule",
    ],
  ])("FAILs a bus whose %s does not deliver", async (subject, answer, text) => {
    const resources = await deployed.deploy(synthesise({ destination: Destination.eventBus() }));
    const { checks } = await deployed.examine({
      resources,
      answers: [answer, ...deployed.answers({ ...VARIABLES, EVENT_BUS_NAME: "bus" })],
    });
    expect(about(checks, subject)).toMatch(/^FAIL /);
    expect(about(checks, subject)).toContain(text);
  });

  test("FAILs queues that are gone, the consumers' included", async () => {
    const resources = deployed.healthy.resources.map(([type, id, url]): Resource => {
      return [type, id, /(Fifo|Standby)Queue[0-9A-F]{8}$/.test(url) ? `${url}-gone` : url];
    });
    const { checks, exitCode } = await deployed.examine({ ...deployed.healthy, resources });
    for (const name of ["FifoQueue", "StandbyQueue"]) {
      expect(about(checks, name)).toMatch(/^FAIL .*could not be checked: QueueDoesNotExist.*#events-not-stored$/);
    }
    expect(exitCode).toBe(1);
  });

  test("FAILs an endpoint that is down, and still checks the stack", async () => {
    const { checks, exitCode } = await deployed.examine(
      deployed.but([/^\/v2\/apis\/api1$/, { apiEndpoint: "http://127.0.0.1:1" }]),
    );
    expect(beginnings(checks).slice(0, 2)).toEqual(["FAIL  connection", "ok    version"]);
    expect(exitCode).toBe(1);
  });

  test.each([
    ["is gone", "gone", /could not be checked: ResourceNotFoundException: .*: docs\/runbook\.md#server-errors$/],
    ["is empty", "empty", /has no string value: .*: docs\/runbook\.md#server-errors$/],
  ])("FAILs a secret that %s, and still checks the stack", async (_what, TOKEN_SECRET_ARN, message) => {
    deployed.account.createSecret("empty", "");
    const { checks, exitCode } = await deployed.examine({
      ...deployed.healthy,
      answers: deployed.answers({ ...VARIABLES, TOKEN_SECRET_ARN }),
    });
    expect(beginnings(checks).slice(0, 3)).toEqual(["ok    connection", "FAIL  token", "ok    version"]);
    expect(about(checks, "token")).toMatch(message);
    expect(exitCode).toBe(1);
  });
});
