import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import type { JsonClient } from "../../functions/aws/json-client.ts";
import { TokenStore } from "../../functions/aws/token-store.ts";
import { CallbackHandler } from "../../functions/callback/handle-callback.ts";
import { Relay } from "../../functions/callback/relay.ts";
import { SqsPublisher } from "../../functions/destination/sqs.ts";
import { readEnvironment } from "../../functions/environment.ts";
import { Metrics } from "../../functions/metrics.ts";
import { RecoveryLog } from "../../functions/recovery-log.ts";
import { createRelayTarget } from "../../functions/relay-target.ts";
import { FUNCTION_SETTINGS } from "../../functions/settings.ts";
import { nowInSeconds, REPORT, SDK_APP_ID, signedQuery, TOKEN } from "../support/callbacks.ts";
import { REQUEST_CONTEXT } from "../support/judging.ts";

let logged: string;
beforeEach(() => {
  logged = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    logged += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const OLD_TOKEN = "old token";

/** A secret that was rotated a minute ago. */
const secretsManager = {
  call: async (_operation: string, { VersionStage }: { VersionStage: string }) => ({
    SecretString: VersionStage === "AWSCURRENT" ? TOKEN : OLD_TOKEN,
    CreatedDate: nowInSeconds() - 60,
  }),
} as unknown as JsonClient;

/** Handles one callback with the configuration of these variables. */
async function handle(variables: Readonly<Record<string, string>>, query: string) {
  const environment = readEnvironment({
    SDK_APP_ID,
    TOKEN_SECRET_ARN: "arn",
    QUEUE_URL: "https://sqs/1/events",
    STANDBY_QUEUE_URL: "https://sqs/1/standby",
    AWS_REGION: "us-east-1",
    ...variables,
  });
  const { tokenSecretArn, tokenOverlapSeconds } = environment;
  const existingHandler = createRelayTarget(environment);
  const sent: { readonly MessageBody: string; readonly MessageGroupId?: string }[] = [];
  const sqs = { call: async (_operation: string, input: (typeof sent)[0]) => void sent.push(input) } as unknown;
  const publisher = new SqsPublisher(sqs as JsonClient, "https://sqs/1/events", environment.fairQueue);
  const handler = new CallbackHandler({
    environment: { ...environment, existingHandler },
    tokenStore: tokenSecretArn
      ? new TokenStore(secretsManager, tokenSecretArn, tokenOverlapSeconds, () => {})
      : undefined,
    destination: publisher,
    standby: publisher,
    recoveryLog: new RecoveryLog(),
    metrics: new Metrics(SDK_APP_ID),
    relay: existingHandler && new Relay(existingHandler),
  });
  const body = query.includes("AfterSendMsg") ? '{"From_Account":"alice"}' : REPORT;
  const reply = await handler.handle({
    rawQueryString: query,
    body,
    isBase64Encoded: false,
    requestContext: REQUEST_CONTEXT,
  });
  const events = sent.map(({ MessageBody }) => JSON.parse(MessageBody) as ChatEvent);
  return { status: reply.statusCode, events, groups: sent.map(({ MessageGroupId }) => typeof MessageGroupId) };
}

type Result = Awaited<ReturnType<typeof handle>>;

/** Refuses connections: nothing listens on this port. */
const NOBODY_THERE = "http://127.0.0.1:1/";

/** Each setting's effect: a value, a callback, and the outcomes without and with the value. TypeScript rejects a missing row. */
const EFFECTS: Record<
  keyof typeof FUNCTION_SETTINGS,
  {
    value: string;
    /** Variables that the setting needs to have an effect. */
    others?: Record<string, string>;
    query: () => string;
    outcome: (result: Result) => unknown;
    expected: [unknown, unknown];
  }
> = {
  sdkAppId: { value: "1499999999", query: () => signedQuery(nowInSeconds()), outcome: status, expected: [200, 403] },
  authentication: {
    value: "none",
    query: () => signedQuery(nowInSeconds(), { Sign: undefined }),
    outcome: status,
    expected: [401, 200],
  },
  allowedSourceCidrs: {
    value: "198.51.100.0/24",
    query: () => signedQuery(nowInSeconds()),
    outcome: status,
    expected: [200, 403],
  },
  clockSkewSeconds: {
    value: "300",
    query: () => signedQuery(nowInSeconds() - 200),
    outcome: status,
    expected: [401, 200],
  },
  tokenOverlapSeconds: {
    value: "30",
    query: () => signedQuery(nowInSeconds(), {}, OLD_TOKEN),
    outcome: status,
    expected: [200, 401],
  },
  forward: {
    value: "C2C.*",
    query: () => signedQuery(nowInSeconds(), { CallbackCommand: "C2C.CallbackAfterSendMsg" }),
    outcome: ({ events }) => events.length,
    expected: [0, 1],
  },
  relayUrl: {
    value: NOBODY_THERE,
    query: () => signedQuery(nowInSeconds(), { CallbackCommand: "C2C.CallbackAfterSendMsg" }),
    outcome: status,
    expected: [200, 502],
  },
  relayCommands: {
    value: "Group.*",
    others: { RELAY_URL: NOBODY_THERE },
    query: () => signedQuery(nowInSeconds(), { CallbackCommand: "C2C.CallbackAfterSendMsg" }),
    outcome: status,
    expected: [502, 200],
  },
  fairQueue: {
    value: "false",
    query: () => signedQuery(nowInSeconds()),
    outcome: ({ groups }) => groups.join(),
    expected: ["string", "undefined"],
  },
  includeClientIp: {
    value: "false",
    query: () => signedQuery(nowInSeconds()),
    outcome: ({ events }) => events[0]?.detail.metadata.clientIp,
    expected: ["203.0.113.7", undefined],
  },
  logEvents: {
    value: "true",
    query: () => signedQuery(nowInSeconds()),
    outcome: () => logged.includes("an event was stored"),
    expected: [false, true],
  },
};

function status(result: Result): number {
  return result.status;
}

describe.each(Object.entries(EFFECTS))("The setting %s", (name, { value, others, query, outcome, expected }) => {
  test("changes how a callback is handled", async () => {
    const { variable } = FUNCTION_SETTINGS[name as keyof typeof EFFECTS];
    const [byDefault, changed] = expected;
    expect(outcome(await handle({ ...others }, query()))).toBe(byDefault);
    logged = "";
    expect(outcome(await handle({ ...others, [variable]: value }, query()))).toBe(changed);
  });
});
