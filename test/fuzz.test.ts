import fc from "fast-check";
import { expect, test } from "vitest";
import { parseForwarding } from "../events/forwarding.ts";
import { messageGroupId } from "../events/identity.ts";
import { parseChatEvent } from "../events/index.ts";
import { toJson } from "../events/json.ts";
import { CallbackJudge } from "../functions/judge-callback.ts";
import { DOCUMENTED_CALLBACKS } from "../local/documented-callbacks.ts";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { REFUSAL_REASONS } from "../tencent/refusal.ts";
import { sign } from "../tencent/signature.ts";
import { almostReport, mutated, report } from "./support/arbitraries.ts";
import { REQUEST_TIME, signedQuery, TOKEN } from "./support/callbacks.ts";
import { ENVIRONMENT, REQUEST_CONTEXT, TOKEN_STORE } from "./support/judging.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 20_000);
const SEED = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
/** Enough for ten million runs, at 14,000 a second. */
const TIMEOUT_MS = 3_600_000;

const RECEIPT = { unixTime: REQUEST_TIME * 1000, monotonicTime: 0 };

const judge = new CallbackJudge({
  environment: { ...ENVIRONMENT, forwarding: parseForwarding("Group.*,Sns.CallbackPrevFriendAdd") },
  tokenStore: TOKEN_STORE,
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
    // Not the console's log, which Vitest drops if the test passes.
    process.stdout.write(`fuzz: ${RUNS} runs, FUZZ_SEED=${SEED}\n`);
    const seen = { refused: new Set<string>(), acknowledged: 0, reads: 0, forwarded: 0 };
    await fc.assert(
      fc.asyncProperty(query, body, async (rawQueryString, content) => {
        const invocation = { rawQueryString, ...content, requestContext: REQUEST_CONTEXT };
        const judgement = await judge.judge(invocation, RECEIPT, Number.POSITIVE_INFINITY);
        if (judgement.verdict === "refused") {
          expect(judgement.refusal.statusCode).toBeLessThan(500);
          seen.refused.add(judgement.refusal.reason);
          return;
        }
        if (judgement.verdict === "unjudged") throw judgement.cause;
        // Only a request signed with the token, for its own time, gets this far.
        const given = new Map(
          Array.from(new URLSearchParams(rawQueryString), ([name, value]) => [name.toLowerCase(), value]),
        );
        expect(given.get("sign")?.toLowerCase()).toBe(sign(TOKEN, given.get("requesttime") ?? ""));
        if (judgement.event === undefined) {
          seen.acknowledged += 1;
          return;
        }
        seen[judgement.event["detail-type"] === READ_REPORT_COMMAND ? "reads" : "forwarded"] += 1;
        const text = toJson(judgement.event);
        expect(parseChatEvent(text).detail.metadata.deduplicationId).toMatch(/^[0-9a-f]{64}$/);
        expect(messageGroupId(judgement.event)).toMatch(/^[0-9a-f]{64}$/);
        // SQS rejects these characters, even within JSON.
        expect(text).not.toMatch(/[\uFFFE\uFFFF]/);
        expect(text.isWellFormed()).toBe(true);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // The inputs must reach every outcome that this configuration allows.
    const unreachable = ["source-address-not-allowed", "body-too-large"];
    expect([...seen.refused].sort()).toEqual(REFUSAL_REASONS.filter((reason) => !unreachable.includes(reason)).sort());
    expect(seen.acknowledged).toBeGreaterThan(RUNS / 1_000);
    expect(seen.reads).toBeGreaterThan(RUNS / 1_000);
    expect(seen.forwarded).toBeGreaterThan(RUNS / 1_000);
  },
  TIMEOUT_MS,
);
