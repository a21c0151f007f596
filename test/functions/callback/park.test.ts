import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { NO_FORWARDING, parseForwarding } from "../../../events/forwarding.ts";
import { AwsError } from "../../../functions/aws/aws-error.ts";
import { CallbackHandler } from "../../../functions/callback/handle-callback.ts";
import { Metrics } from "../../../functions/metrics.ts";
import { RecoveryLog } from "../../../functions/recovery-log.ts";
import { REPORT, REQUEST_TIME, SDK_APP_ID, signedQuery } from "../../support/callbacks.ts";
import { ENVIRONMENT, REQUEST_CONTEXT, TOKEN_STORE } from "../../support/judging.ts";

// The clock is fake, and starts when the request is received. The token cannot be read: the token store hangs.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout"], now: REQUEST_TIME * 1000 });
  startedAt = performance.now();
  parked = [];
  attempts = [];
  logged = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => logged.push(String(text)) > 0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

let startedAt: number;
let parked: { readonly at: number; readonly message: string }[];
let attempts: string[];
let logged: string[];
const sinceStart = (at = performance.now()) => Math.round(at - startedAt);
const sleepUntil = (deadline: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline - performance.now())));
const messagesIn = (lines: readonly string[]) =>
  lines.map((line) => (JSON.parse(line) as { message: string }).message).filter((message) => message !== "metrics");

/** A handler whose standby queue accepts messages from some milliseconds after receipt. */
function createHandler(standbyWorksFrom: number, forwarding = NO_FORWARDING) {
  const fail = async (deadline: number): Promise<never> => {
    await sleepUntil(deadline);
    throw new AwsError("NetworkError", "no");
  };
  const unreachable = async () => {
    throw new Error("nothing is published here");
  };
  return new CallbackHandler({
    environment: { ...ENVIRONMENT, forwarding },
    tokenStore: { ...TOKEN_STORE, currentToken: fail },
    destination: { publish: unreachable, connect: unreachable },
    standby: {
      publish: unreachable,
      connect: unreachable,
      async send(message, deadline) {
        attempts.push(`from ${sinceStart()} to ${sinceStart(deadline)}`);
        if (sinceStart() < standbyWorksFrom) {
          await sleepUntil(deadline);
          throw new Error("no");
        }
        parked.push({ at: sinceStart(), message });
      },
    },
    recoveryLog: new RecoveryLog(),
    relay: undefined,
    metrics: new Metrics(SDK_APP_ID),
  });
}

async function post(handler: CallbackHandler, CallbackCommand?: string) {
  const rawQueryString = signedQuery(REQUEST_TIME, CallbackCommand === undefined ? {} : { CallbackCommand });
  const reply = handler
    .handle({ rawQueryString, body: REPORT, isBase64Encoded: false, requestContext: REQUEST_CONTEXT })
    .then(({ statusCode }) => `${statusCode} at ${sinceStart()}`);
  await vi.runAllTimersAsync();
  return reply;
}

describe("A request that arrives while the token cannot be read", () => {
  test("is parked after 0.6 s, with the time it was received", async () => {
    expect(await post(createHandler(0))).toBe("503 at 600");
    expect(parked).toMatchObject([{ at: 600 }]);
    expect(JSON.parse(parked[0]?.message ?? "")).toMatchObject({
      receivedAt: REQUEST_TIME * 1000,
      parkedRequest: { rawQueryString: signedQuery(REQUEST_TIME), body: REPORT },
    });
  });

  test("is logged at 1.6 s if standby hangs too, and parked late once standby recovers", async () => {
    expect(await post(createHandler(2_000))).toBe("503 at 2250");
    expect(attempts).toEqual(["from 600 to 1600", "from 1600 to 2050", "from 2250 to 2700"]);
    expect(parked.map(({ at }) => at)).toEqual([2_250]);
    expect(messagesIn(logged)).toEqual([
      "the token could not be read",
      "a request could not be judged",
      "a request was parked on a late retry",
    ]);
  });

  test("is given up after 3.5 s", async () => {
    expect(await post(createHandler(Number.POSITIVE_INFINITY))).toBe("503 at 3550");
    expect(attempts.at(-1)).toBe("from 2900 to 3350");
    expect(parked).toEqual([]);
  });

  test("is allowed and not retried if a user is waiting for the reply", async () => {
    const command = "C2C.CallbackBeforeSendMsg";
    const handler = createHandler(Number.POSITIVE_INFINITY, parseForwarding(command));
    expect(await post(handler, command)).toBe("200 at 1600");
    expect(attempts).toEqual(["from 600 to 1600"]);
    expect(messagesIn(logged).at(-1)).toBe("a request could not be judged");
  });

  test("is only counted if 300 others were parked within the minute", async () => {
    const handler = createHandler(0);
    const requests = Array.from({ length: 305 }, () => post(handler));
    await Promise.all(requests);
    expect(parked.length).toBe(300);
    await vi.advanceTimersByTimeAsync(60_000);
    await post(handler);
    expect(parked.length).toBe(301);
    const counts = logged.map((line) => (JSON.parse(line) as { NotParked?: number }).NotParked ?? 0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
  });
});
