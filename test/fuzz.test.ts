import fc from "fast-check";
import { expect, test } from "vitest";
import { isReadEvent, toJson } from "../events/chat-event.ts";
import { parseForwarding } from "../events/forwarding.ts";
import { messageGroupId } from "../events/identity.ts";
import { parseChatEvent } from "../events/index.ts";
import { createJudge, type Judgement } from "../functions/judge-callback.ts";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { REFUSAL_REASONS, Refusal } from "../tencent/refusal.ts";
import { sign } from "../tencent/signature.ts";
import { almostReport, mutated, report } from "./support/arbitraries.ts";
import { REQUEST_TIME, SDK_APP_ID, signedQuery, TOKEN } from "./support/callbacks.ts";
import { DOCUMENTED_CALLBACKS } from "./support/documented-callbacks.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 20_000);
const SEED = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
/** Enough for a million runs. */
const TIMEOUT_MS = 3_600_000;

const NOW = REQUEST_TIME * 1000;
const ENVIRONMENT = {
  sdkAppId: SDK_APP_ID,
  clockSkewSeconds: 60,
  allowedSources: undefined,
  region: "us-east-1",
  includeClientIp: true,
  forwarding: parseForwarding("Group.*,Sns.CallbackPrevFriendAdd"),
};

const judge = createJudge({
  environment: ENVIRONMENT,
  tokenStore: { tokens: async () => [TOKEN], tokensAfterMismatch: async () => undefined },
});

const command = fc.constantFrom(
  READ_REPORT_COMMAND,
  "Sns.CallbackPrevFriendAdd",
  "Group.CallbackAfterSendMsg",
  "Group.New",
  "X.Y",
  "",
  undefined,
);
const time = fc.constantFrom(REQUEST_TIME, REQUEST_TIME - 60, REQUEST_TIME + 61, 0);
const query = fc.oneof(
  fc.tuple(command, time).map(([CallbackCommand, at]) => signedQuery(at, { CallbackCommand })),
  mutated(fc.constant(signedQuery(REQUEST_TIME))),
  fc.constantFrom("sign", "SdkAppid", "x").map((name) => `${signedQuery(REQUEST_TIME)}&${name}=1`),
  fc.string({ unit: "binary", maxLength: 200 }),
);
const bodyText = fc.oneof(
  report.map((body) => JSON.stringify(body)),
  mutated(report.map((body) => JSON.stringify(body))),
  almostReport.map((body) => JSON.stringify(body)),
  mutated(fc.constantFrom(...DOCUMENTED_CALLBACKS.map((callback) => JSON.stringify(callback.body)))),
  fc
    .dictionary(fc.constantFrom("GroupId", "FriendItem", "Info", "__proto__", "7"), fc.jsonValue())
    .map((body) => JSON.stringify(body)),
  fc.json(),
  fc.string({ unit: "binary" }),
  fc.nat(300).map((depth) => "[".repeat(depth)),
);
const body = fc.oneof(
  bodyText.map((text) => ({ body: text, isBase64Encoded: false })),
  bodyText.map((text) => ({ body: Buffer.from(text).toString("base64"), isBase64Encoded: true })),
  fc
    .uint8Array({ maxLength: 300 })
    .map((bytes) => ({ body: Buffer.from(bytes).toString("base64"), isBase64Encoded: true })),
  fc.constant({ isBase64Encoded: false }),
);

test(
  "Every request is refused for a known reason, acknowledged, or becomes an event that consumers can parse",
  async () => {
    console.log(`fuzz: ${RUNS} runs, FUZZ_SEED=${SEED}`);
    const seen = { refused: new Set<string>(), acknowledged: 0, reads: 0, forwarded: 0 };
    await fc.assert(
      fc.asyncProperty(query, body, async (rawQueryString, content) => {
        const requestContext = { accountId: "123456789012", requestId: "id", http: { sourceIp: "203.0.113.7" } };
        let judgement: Judgement;
        try {
          judgement = await judge({ rawQueryString, ...content, requestContext }, NOW, Number.POSITIVE_INFINITY);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          expect(error.statusCode).toBeLessThan(500);
          seen.refused.add(error.reason);
          return;
        }
        // Only requests that the token signed for their own time get here.
        const given = new Map(
          Array.from(new URLSearchParams(rawQueryString), ([name, value]) => [name.toLowerCase(), value]),
        );
        expect(given.get("sign")?.toLowerCase()).toBe(sign(TOKEN, given.get("requesttime") ?? ""));
        if (judgement.event === undefined) {
          seen.acknowledged += 1;
          return;
        }
        seen[isReadEvent(judgement.event) ? "reads" : "forwarded"] += 1;
        const text = toJson(judgement.event);
        expect(parseChatEvent(text).detail.metadata.deduplicationId).toMatch(/^[0-9a-f]{64}$/);
        expect(messageGroupId(judgement.event)).toMatch(/^[0-9a-f]{64}$/);
        // SQS refuses them, even within JSON.
        expect(text).not.toMatch(/[\uFFFE\uFFFF]/);
        expect(text.isWellFormed()).toBe(true);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // So that the inputs reach every corner that needs no other configuration.
    const unreachable = ["source-address-not-allowed", "body-too-large"];
    expect([...seen.refused].sort()).toEqual(REFUSAL_REASONS.filter((reason) => !unreachable.includes(reason)).sort());
    expect(seen.acknowledged).toBeGreaterThan(RUNS / 1_000);
    expect(seen.reads).toBeGreaterThan(RUNS / 1_000);
    expect(seen.forwarded).toBeGreaterThan(RUNS / 1_000);
  },
  TIMEOUT_MS,
);
