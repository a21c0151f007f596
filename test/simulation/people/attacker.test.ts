import { describe, expect, test } from "vitest";
import { SDK_APP_ID } from "../../../simulation/app.ts";
import { HttpApi } from "../../../simulation/lambda/api.ts";
import { Attacker } from "../../../simulation/people/attacker.ts";
import { ATTACK_KINDS, type AttackKind, type Plan } from "../../../simulation/plan.ts";
import { authenticate, readSignature } from "../../../tencent/authenticate.ts";
import { READ_REPORT_COMMAND } from "../../../tencent/commands.ts";
import type { Refusal, RefusalReason } from "../../../tencent/refusal.ts";
import { decodeRequest } from "../../../tencent/request.ts";
import { signedQuery } from "../../../tencent/signed-query.ts";
import { createFunction, createWorld, planOf } from "../../support/simulated-world.ts";

const TOKENS = ["revoked", "previous", "current"];
const HOUR = 3_600_000;

/** Why a request is not authentic, or that nothing is. */
const REASONS: Readonly<Record<AttackKind, RefusalReason>> = {
  unsigned: "signature-missing",
  "malformed signature": "signature-malformed",
  "wrong signature": "signature-invalid",
  "wrong signature of a large body": "signature-invalid",
  "revoked token": "signature-invalid",
  "old signature with another body": "request-expired",
  "repeated parameters": "parameter-repeated",
  "another app's": "sdk-app-id-mismatch",
  "large body": "signature-missing",
};

/** Lets an attacker send requests after tokens were rotated and Tencent sent a callback. */
async function attack(kind: AttackKind, plan: Partial<Plan> = {}, tokens: readonly string[] = TOKENS, from = HOUR) {
  const world = createWorld();
  const { clock, history } = world;
  for (const value of tokens) history.tokens.push({ value, storedAt: clock.now() });
  const signed = { sdkAppId: SDK_APP_ID, token: "current", command: READ_REPORT_COMMAND, requestId: "1" };
  const send = (sentAt: number) => {
    const query = signedQuery({ ...signed, requestTime: Math.floor(sentAt / 1_000) });
    return { sentAt, query, contentType: "application/json" };
  };
  const [genuine, fresh] = [send(clock.now()), send(clock.now() + HOUR - 60_000)];
  history.callbacks.set("1", {
    ...{ key: "1", origin: "genuine", variant: "read report", command: READ_REPORT_COMMAND, unit: "1", body: "{}" },
    ...{ isEvent: true, isUserWaiting: false, attempts: [genuine, fresh] },
  });
  const api = new HttpApi(
    createFunction(world, "const handler = async () => ({ statusCode: 401, body: 'no' })").lambda,
    { rate: 10_000, burst: 10_000 },
    world,
  );
  const attacker = new Attacker(planOf(plan), { ...world, api });
  await clock.runUntil(attacker.attack({ kind, from, duration: 60_000, requests: 20 }));
  const forged = [...history.callbacks.values()].filter(({ origin }) => origin === "forged");
  return { forged, genuine };
}

/** Why the function refuses a request: it is not authentic, or another app's. */
function judge(rawQueryString: string, body: string, receivedAt: number): RefusalReason | undefined {
  try {
    const request = decodeRequest({ rawQueryString, body, isBase64Encoded: false });
    authenticate(request, readSignature(request), { tokens: TOKENS.slice(1), receivedAt, clockSkewSeconds: 60 });
    return request.parameters.sdkAppId === SDK_APP_ID ? undefined : "sdk-app-id-mismatch";
  } catch (error) {
    return (error as Refusal).reason;
  }
}

describe("An attacker", () => {
  test.each(ATTACK_KINDS)("sends requests that are not authentic: %s", async (kind) => {
    const { forged } = await attack(kind);
    expect(forged).toHaveLength(20);
    const reasons = forged.flatMap(({ attempts, body }) =>
      attempts.flatMap(({ query, sentAt }) => [
        judge(query, body, sentAt),
        // Also on arrival, if that is a second later, and for a clock that is a few seconds wrong.
        judge(query, body, sentAt + 6_000),
        judge(query, body, sentAt - 5_000),
      ]),
    );
    expect(new Set(reasons)).toEqual(new Set([REASONS[kind]]));
  });

  test("wants events published: without the signature, each request would become one", async () => {
    const { forged } = await attack("wrong signature");
    expect(new Set(forged.map(({ key }) => key)).size).toBe(20);
    for (const { body, key } of forged) {
      expect(JSON.parse(body)).toMatchObject({ CallbackCommand: READ_REPORT_COMMAND, Report_Account: key });
    }
  });

  test("sends its requests during the attack, and remembers the answers", async () => {
    const { forged } = await attack("unsigned");
    for (const { attempts } of forged) {
      expect(attempts).toHaveLength(1);
      expect(attempts[0]?.reply).toMatchObject({ statusCode: 401, text: "no" });
      expect(attempts[0]?.invocation?.outcome).toBe("returned");
    }
  });

  test("uses a revoked token, and another one's old signature, where they can be known", async () => {
    const { forged } = await attack("revoked token");
    for (const { attempts } of forged) {
      const { query = "", sentAt = 0 } = attempts[0] ?? {};
      const request = decodeRequest({ rawQueryString: query, body: "", isBase64Encoded: false });
      const rules = { tokens: ["revoked"], receivedAt: sentAt, clockSkewSeconds: 60 };
      expect(authenticate(request, readSignature(request), rules).authentication).toBe("token");
    }
    const { forged: late } = await attack("revoked token", {}, ["previous", "current"], 2 * HOUR);
    for (const { attempts } of late) {
      const { query = "", sentAt = 0 } = attempts[0] ?? {};
      expect(judge(query, "{}", sentAt)).toBeUndefined();
    }
    const { forged: replayed, genuine } = await attack("old signature with another body");
    expect(new Set(replayed.flatMap(({ attempts }) => attempts.map(({ query }) => query)))).toEqual(
      new Set([genuine.query]),
    );
  });

  const period = { from: 0, duration: 1, share: 1 };
  test.each<[AttackKind, string, Partial<Plan>]>([
    ["revoked token", "the secret may fail", { serviceFaults: [{ ...period, target: "secret", name: "answers 500" }] }],
    [
      "old signature with another body",
      "clocks may be wrong",
      { lambdaFaults: [{ ...period, name: "sets the clock of environments" }] },
    ],
  ])("guesses instead of using a %s while %s, as a function may then take it", async (kind, _why, plan) => {
    const { forged } = await attack(kind, plan);
    const reasons = forged.flatMap(({ attempts, body }) =>
      attempts.map(({ query, sentAt }) => judge(query, body, sentAt)),
    );
    expect(new Set(reasons)).toEqual(new Set(["signature-invalid"]));
  });
});
