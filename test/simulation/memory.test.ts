import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeAll, describe, expect, test } from "vitest";
import { VirtualClock } from "../../simulation/clock.ts";
import { ExecutionEnvironment } from "../../simulation/lambda/environment.ts";
import type { Network } from "../../simulation/lambda/http.ts";
import { Random } from "../../simulation/random.ts";
import { type Bundles, readBundles } from "../../simulation/run.ts";
import { readStack, type StackDefinition } from "../../simulation/stack.ts";
import { READ_REPORT, signedQuery, TOKEN } from "../support/callbacks.ts";

/** The most bytes that an environment may hold on to of some hundred requests: less than their bodies. */
const LARGEST_GROWTH = 32 * 1024;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

let bundles: Bundles;
let stack: StackDefinition;
beforeAll(async () => {
  [bundles, stack] = [await readBundles(), await readStack("fifo")];
});

const clock = new VirtualClock(Date.UTC(2026, 0, 5));

/** Services that all answer alike. */
const answering = (statusCode: number, output: object): Network => ({
  connect: () => 1,
  isStale: () => false,
  exchange: (_environment, _request, respond) => {
    clock.after(1, () => respond({ statusCode, text: JSON.stringify(output) }));
  },
});
const DENYING = answering(400, { __type: "AccessDeniedException", message: "no" });
const SECRET = answering(200, { SecretString: TOKEN, CreatedDate: 0 });

/** Posts so many requests, one after the other, and returns the statuses that occurred. */
async function flood(environment: ExecutionEnvironment, requests: number, token: string, body: (n: number) => string) {
  const statuses = new Set<number>();
  for (let n = 0; n < requests; n += 1) {
    const { statusCode } = (await environment.invoke({
      rawQueryString: signedQuery(Math.floor(clock.now() / 1000), { RequestId: `${Math.random()}` }, token),
      body: body(n),
      isBase64Encoded: false,
      requestContext: { accountId: "1", requestId: `${Math.random()}`, http: { sourceIp: `192.0.2.${n % 256}` } },
    })) as { statusCode: number };
    statuses.add(statusCode);
  }
  return [...statuses];
}

const report = (n: number) => JSON.stringify({ ...READ_REPORT, Report_Account: `reader ${n}`, EventTime: n });

describe("The memory of an environment stays the same", () => {
  test.for<[string, Network, string, number, (n: number) => string, number]>([
    ["while wrongly signed requests arrive", SECRET, "wrong", 1_000, report, 401],
    ["while signed callbacks arrive that are refused", SECRET, TOKEN, 1_000, (n) => `{"CallbackCommand":${n}}`, 400],
    // Each is tried for seconds.
    ["while the token can't be read, and standby fails", DENYING, TOKEN, 200, report, 503],
  ])("%s", async ([, network, token, requests, body, status]) => {
    const environment = new ExecutionEnvironment(
      {
        bundle: bundles.callback,
        variables: { ...stack.callback.environment, AWS_SECRET_ACCESS_KEY: "secret" },
        clockError: () => 0,
        freezesClock: false,
        onLine: () => {},
      },
      { clock, network, random: new Random(1) },
    );
    const growth = await clock.runUntil(
      (async () => {
        await environment.start();
        expect(await flood(environment, requests, token, body)).toEqual([status]);
        const sizes: number[] = [];
        for (let round = 0; round < 4; round += 1) {
          await flood(environment, requests, token, body);
          collectGarbage();
          sizes.push(process.memoryUsage().heapUsed);
        }
        // A leak makes every round larger. V8 itself needs or frees some memory in the first two.
        const [, second = 0, third = 0, fourth = 0] = sizes;
        return Math.min(third - second, fourth - third);
      })(),
    );
    expect(growth).toBeLessThan(LARGEST_GROWTH);
  });
});
