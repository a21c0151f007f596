import { describe, expect, test } from "vitest";
import { parseForwarding } from "../../../events/forwarding.ts";
import { FORWARD, SDK_APP_ID } from "../../../simulation/app.ts";
import { HttpApi } from "../../../simulation/lambda/api.ts";
import { Tencent } from "../../../simulation/people/tencent.ts";
import { CALLBACK_KINDS, type Flow, type Plan } from "../../../simulation/plan.ts";
import { authenticate, readSignature } from "../../../tencent/authenticate.ts";
import { isBeforeCallback, READ_REPORT_COMMAND } from "../../../tencent/commands.ts";
import { decodeRequest } from "../../../tencent/request.ts";
import { createFunction, createWorld, planOf } from "../../support/simulated-world.ts";

const answerAfter = (milliseconds: number, statusCode = 200) =>
  `const handler = async () => {
    await new Promise((resolve) => setTimeout(resolve, ${milliseconds}));
    return { statusCode: ${statusCode}, body: "{}" };
  }`;

const FLOW: Flow = { kind: "read report", from: 0, duration: 1_000, weight: 1, conversations: 3, longestDelay: 50 };

/** Lets Tencent send callbacks to a function. */
async function sendAll(
  code: string,
  { flow = FLOW, callbacks = 1, plan = {} as Partial<Plan>, act = (_tencent: Tencent): unknown => undefined } = {},
) {
  const world = createWorld();
  const { clock, history } = world;
  const api = new HttpApi(createFunction(world, code).lambda, { rate: 10_000, burst: 10_000 }, world);
  const tencent = new Tencent(planOf(plan), "old token", { ...world, api });
  const start = clock.now();
  await clock.runUntil(Promise.all([tencent.send(flow, callbacks), act(tencent)]));
  const sent = [...history.callbacks.values()];
  return { sent, attempts: sent.flatMap((callback) => callback.attempts), start, end: clock.now() };
}

/** Whether an attempt's signature is fresh, and right for a token. */
function isSignedWith(token: string, query: string, body: string, receivedAt: number): boolean {
  const request = decodeRequest({ rawQueryString: query, body, isBase64Encoded: false });
  try {
    authenticate(request, readSignature(request), { tokens: [token], receivedAt, clockSkewSeconds: 1 });
    return true;
  } catch {
    return false;
  }
}

describe("Tencent", () => {
  test.each(CALLBACK_KINDS)("records for a %s whether its event and its reply are awaited", async (kind) => {
    const { sent } = await sendAll(answerAfter(0), { flow: { ...FLOW, kind }, callbacks: 5 });
    expect(sent).toHaveLength(5);
    for (const { command, body, isEvent, isUserWaiting, origin, variant } of sent) {
      const isWanted = command === READ_REPORT_COMMAND || parseForwarding(FORWARD).has(command);
      // A Verify has an empty body.
      expect(isEvent).toBe(isWanted && body !== "{}");
      expect(isUserWaiting).toBe(isBeforeCallback(command));
      const whole = kind === "read report that is cut off" ? `${body}}` : body;
      if (body !== "{}") expect(JSON.parse(whole)).toMatchObject({ CallbackCommand: command });
      expect([origin, variant]).toEqual(["genuine", kind]);
    }
  });

  test("gives each callback a key of its own, also within a millisecond, and its body has it", async () => {
    const { sent } = await sendAll(answerAfter(0), { flow: { ...FLOW, duration: 1 }, callbacks: 100 });
    const keys = sent.map(({ body }) => String((JSON.parse(body) as { EventTime: number }).EventTime));
    expect(new Set(keys).size).toBe(100);
    expect(sent.map(({ key }) => key)).toEqual(keys);
  });

  test("sends callbacks of a flow within its time, between so many pairs of users", async () => {
    const flow = { ...FLOW, from: 5_000, duration: 10_000, conversations: 4 };
    const { sent, attempts, start } = await sendAll(answerAfter(0), { flow, callbacks: 100 });
    for (const { sentAt } of attempts) expect(sentAt >= start + 5_000 && sentAt < start + 15_000).toBe(true);
    expect(new Set(sent.map(({ unit }) => unit)).size).toBe(4);
  });

  test.each([
    ["once, if it is answered in time", 100, 200, true, 1],
    ["once, if it is refused", 100, 503, true, 1],
    ["once, if it times out and repetition is off", 3_000, 200, false, 1],
    ["again, if it times out", 3_000, 200, true, 2],
  ])("sends a callback %s", async (_what, duration, statusCode, repeatsOnTimeout, count) => {
    const { attempts } = await sendAll(answerAfter(duration, statusCode), { plan: { repeatsOnTimeout } });
    expect(attempts).toHaveLength(count);
    const isInTime = duration < 2_000;
    for (const { reply, invocation } of attempts) {
      expect(reply?.statusCode).toBe(isInTime ? statusCode : undefined);
      expect(invocation?.outcome).toBe("returned");
    }
  });

  test("sends it again two seconds later, while the first is still on its way", async () => {
    const { attempts } = await sendAll(answerAfter(5_000));
    const [first, second] = attempts;
    expect((second?.sentAt ?? 0) - (first?.sentAt ?? 0)).toBe(2_000);
    expect(second?.sentAt).toBeLessThan(first?.invocation?.endedAt ?? 0);
    expect(second?.invocation?.environment).not.toBe(first?.invocation?.environment);
  });

  test("waits for the function in the end, which may answer after it has given up", async () => {
    const { attempts, end } = await sendAll(answerAfter(9_000));
    for (const { invocation } of attempts) expect(invocation?.endedAt).toBeLessThanOrEqual(end);
  });

  test("signs with the time of the edge that sends", async () => {
    const edges = [0, -40_000, 35_000];
    const { attempts, sent } = await sendAll(answerAfter(0), { plan: { edges }, callbacks: 60 });
    const errors = attempts.map(({ query, sentAt }) => {
      return Number(new URLSearchParams(query).get("RequestTime")) - Math.floor(sentAt / 1_000);
    });
    expect(new Set(errors)).toEqual(new Set([0, -40, 35]));
    const [{ query = "", sentAt = 0 } = {}] = attempts;
    const receivedAt = sentAt + (errors[0] ?? 0) * 1_000;
    expect(isSignedWith("old token", query, sent[0]?.body ?? "", receivedAt)).toBe(true);
    expect(new URLSearchParams(query).get("SdkAppid")).toBe(SDK_APP_ID);
  });

  test("uses a new token within two minutes, not everywhere at once", async () => {
    const flow = { ...FLOW, duration: 180_000 };
    const plan = { edges: Array<number>(30).fill(0) };
    const act = (tencent: Tencent) => tencent.saveToken("new token");
    const { sent, start } = await sendAll(answerAfter(0), { flow, plan, act, callbacks: 1_000 });
    const times = { old: [] as number[], new: [] as number[] };
    for (const { body, attempts } of sent) {
      for (const { query, sentAt } of attempts) {
        const isNew = isSignedWith("new token", query, body, sentAt);
        expect(isNew || isSignedWith("old token", query, body, sentAt)).toBe(true);
        times[isNew ? "new" : "old"].push(sentAt - start);
      }
    }
    expect(Math.max(...times.old)).toBeLessThanOrEqual(120_000);
    expect(Math.min(...times.new)).toBeLessThan(Math.max(...times.old));
  });
});
