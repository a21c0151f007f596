import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TokenStore } from "../../functions/aws/token-store.ts";
import { CallbackJudge, type Judgement } from "../../functions/judge-callback.ts";
import { takeReceipt } from "../../functions/receipt.ts";
import { SecretVersions } from "../../local/secret-versions.ts";
import { REPORT, signedQuery } from "../support/callbacks.ts";
import { ENVIRONMENT, REQUEST_CONTEXT } from "../support/judging.ts";
import { secretsClient } from "../support/secrets-client.ts";

// The operator follows docs/runbook.md#revoke-it-at-once, while an attacker who holds the old token sends what he likes.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** When the operator stores the new token. */
const STORED = MINUTE;
/** When the operator pastes it into the console. Tencent applies it within two minutes, not everywhere at once. */
const PASTED = STORED + 10 * SECOND;
const APPLIED = PASTED + 2 * MINUTE;
/** When the operator stores it again, so that the old one is no longer the previous one. */
const STORED_AGAIN = PASTED + 3 * MINUTE;
/** From then on, environments that know the new token refuse the old one. */
const REVOKED = STORED_AGAIN + 5 * SECOND;
/** From then on, all do: even those that no callback with the new token has reached. */
const REVOKED_EVERYWHERE = STORED + 5 * MINUTE;
const END = REVOKED_EVERYWHERE + MINUTE;

/** How long a callback may travel: by then it has expired. */
const LONGEST_DELAY = ENVIRONMENT.clockSkewSeconds * SECOND;
/** How long reading both versions of the secret may take. */
const SLOWEST_READ = 500;

type Signer = "old" | "new" | "wrong";

interface Arrival {
  readonly from: "Tencent" | "attacker";
  readonly signer: Signer;
  readonly signedAt: number;
  readonly at: number;
}

interface Outcome extends Arrival {
  readonly judgement: Judgement;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout"], now: Date.UTC(2026, 0, 1) }));
afterEach(() => void vi.useRealTimers());

const wait = (milliseconds: number) => new Promise<void>((resolve) => void setTimeout(resolve, milliseconds));

/** An environment of the function. The secret is read at some moment between a request and its response. */
function startEnvironment(secret: SecretVersions, random: () => number) {
  const client = secretsClient(async (stage) => {
    await wait((random() * SLOWEST_READ) / 4);
    try {
      return secret.get(stage);
    } finally {
      await wait((random() * SLOWEST_READ) / 4);
    }
  });
  const tokenStore = new TokenStore(client, "arn", 86_400, () => {});
  return new CallbackJudge({ environment: ENVIRONMENT, tokenStore });
}

/** Sends requests to one environment, and returns what became of each. */
async function send(arrivals: readonly Arrival[], secret: SecretVersions, random: () => number): Promise<Outcome[]> {
  const judge = startEnvironment(secret, random);
  const start = Date.now();
  return Promise.all(
    arrivals.map(async (arrival) => {
      await wait(arrival.at);
      const rawQueryString = signedQuery(Math.ceil((start + arrival.signedAt) / 1000), {}, arrival.signer);
      const invocation = { rawQueryString, body: REPORT, isBase64Encoded: false, requestContext: REQUEST_CONTEXT };
      return { ...arrival, judgement: await judge.judge(invocation, takeReceipt(), Number.POSITIVE_INFINITY) };
    }),
  );
}

/** Lets the operator revoke the old token while requests arrive at some environments. Returns each one's outcomes. */
async function revoke(environments: readonly (readonly Arrival[])[], seed: number): Promise<Outcome[][]> {
  const random = pseudoRandom(seed);
  const secret = new SecretVersions("old");
  for (const at of [STORED, STORED_AGAIN]) setTimeout(() => secret.put("new"), at);
  const outcomes = Promise.all(environments.map((arrivals) => send(arrivals, secret, random)));
  await vi.advanceTimersByTimeAsync(END + LONGEST_DELAY + MINUTE);
  return outcomes;
}

/** Which token Tencent signs with: during the change, some of its servers still use the old one. */
function tencentsToken(time: number, isLateServer: boolean): Signer {
  if (time < PASTED) return "old";
  return time < APPLIED && isLateServer ? "old" : "new";
}

/** Numbers from 0 to 1 (https://en.wikipedia.org/wiki/Linear_congruential_generator). */
function pseudoRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Times from a start to the end, about so many milliseconds apart. */
function times(start: number, pause: number, random: () => number): number[] {
  const result: number[] = [];
  for (let time = start; time < END; time += pause * (0.5 + random())) result.push(time);
  return result;
}

/** From half a second to a minute, each order of magnitude as likely; or nothing after the first request. */
const pause = fc.oneof(
  { weight: 3, arbitrary: fc.double({ min: 2.7, max: 4.8, noNaN: true }).map((exponent) => 10 ** exponent) },
  { weight: 1, arbitrary: fc.constant(2 * END) },
);

/** The requests to one environment, which starts with the first. */
const arrivals = fc
  .record({
    seed: fc.integer(),
    startsAt: fc.nat(END),
    tencentsPause: pause,
    attackersPause: pause,
    shareOfWrong: fc.constantFrom(0, 0, 0.5, 1),
    longestDelay: fc.constantFrom(50, LONGEST_DELAY - 2 * SECOND),
  })
  .map(({ seed, startsAt, tencentsPause, attackersPause, shareOfWrong, longestDelay }): Arrival[] => {
    const random = pseudoRandom(seed);
    const genuine = times(startsAt, tencentsPause, random).map((signedAt): Arrival => {
      const signer = tencentsToken(signedAt, random() < 0.5);
      return { from: "Tencent", signer, signedAt, at: signedAt + random() * longestDelay };
    });
    const forged = times(startsAt, attackersPause, random).map((at): Arrival => {
      return { from: "attacker", signer: random() < shareOfWrong ? "wrong" : "old", signedAt: at, at };
    });
    return [...genuine, ...forged];
  });

/** When an environment must refuse the old token. */
function revokedAt(outcomes: readonly Outcome[]): number {
  const knowsNewTokenAt = outcomes.filter(({ signer }) => signer === "new").map(({ at }) => at + SLOWEST_READ);
  return Math.min(REVOKED_EVERYWHERE, Math.max(REVOKED, Math.min(...knowsNewTokenAt)));
}

describe("While the operator revokes a leaked token", () => {
  test("no genuine callback is refused, and the leaked token is refused on time, no matter what the attacker sends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arrivals, { minLength: 1, maxLength: 3 }), fc.integer(), async (environments, seed) => {
        for (const outcomes of await revoke(environments, seed)) {
          const end = revokedAt(outcomes);
          const isWrong = ({ from, signer, at, judgement: { verdict } }: Outcome) =>
            from === "Tencent" ? verdict !== "accepted" : verdict !== "refused" && (signer === "wrong" || at >= end);
          expect(
            outcomes.filter(isWrong).map(({ judgement: { verdict }, ...arrival }) => ({ ...arrival, verdict })),
          ).toEqual([]);
        }
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });
});
