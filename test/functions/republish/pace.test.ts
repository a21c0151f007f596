import { describe, expect, test } from "vitest";
import {
  BATCH_SIZE,
  DEFAULT_CONCURRENCY,
  inFlightLimit,
  MAX_CONCURRENCY,
  pacePerMessage,
  pauseAfter,
} from "../../../functions/republish/pace.ts";
import { CONSTRUCT_SETTINGS } from "../../../lib/settings.ts";
import { synthesise } from "../../support/stack.ts";
import { type Outage, simulateOutage } from "../../support/standby-outage.ts";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html */
const IN_FLIGHT_LIMIT = 120_000;

const HOUR = 3_600;
const { rateLimit } = CONSTRUCT_SETTINGS.throttle.default;
const SHORT = { rate: rateLimit, duration: HOUR, batch: 0.1 };
/** Long enough for each message to reach the longest pause, and with few enough messages. */
const LONG = { rate: 10, duration: 4 * HOUR, batch: 0.1 };

type Case = [name: string, outage: Omit<Outage, "concurrency" | "first">];
const OUTAGES: readonly Case[] = [
  ["denies access for an hour", { ...SHORT, failing: 1, failsAfter: 0.02 }],
  ["denies access for four hours", { ...LONG, failing: 1, failsAfter: 0.02 }],
  ["hangs for four hours", { ...LONG, failing: 1, failsAfter: 5 }],
  ["fails every other message for four hours", { ...LONG, failing: 0.5, failsAfter: 0.02 }],
];

describe("Messages that stay on standby", () => {
  test("are hidden for a day in all before they become dead letters", () => {
    const queues = Object.entries(synthesise().findResources("AWS::SQS::Queue"));
    const [, standby] = queues.find(([logicalId]) => logicalId.includes("StandbyQueue")) ?? [];
    const pauses = Array.from({ length: standby?.["Properties"].RedrivePolicy.maxReceiveCount }, (_, index) =>
      pauseAfter(index + 1),
    );
    expect(pauses.slice(0, 7)).toEqual([30, 60, 120, 240, 480, 900, 900]);
    expect(pauses.reduce((sum, pause) => sum + pause) / HOUR).toBeCloseTo(24, 1);
  });

  test("are never so many that SQS hands out no others", () => {
    expect(inFlightLimit(MAX_CONCURRENCY)).toBe(109_200);
    expect(pacePerMessage(MAX_CONCURRENCY)).toBe(500);
    expect(pacePerMessage(DEFAULT_CONCURRENCY)).toBeCloseTo(41.7, 1);
    expect(inFlightLimit(MAX_CONCURRENCY)).toBeLessThan(IN_FLIGHT_LIMIT);
  });

  test.each(OUTAGES)("are no more than that, in any order, while the destination %s", (_how, outage) => {
    for (const concurrency of [DEFAULT_CONCURRENCY, MAX_CONCURRENCY]) {
      for (const first of ["most tried", "least tried"] as const) {
        const simulated = simulateOutage({ ...outage, concurrency, first });
        expect(simulated.mostInFlight).toBeLessThanOrEqual(inFlightLimit(concurrency));
        expect(simulated.mostInFlight).toBeLessThan(IN_FLIGHT_LIMIT);
      }
    }
  });

  test("slow down the others by less than half while one in twenty fails", () => {
    // A batch without failures takes some 50 ms (docs/performance.md#results).
    const [batch, share] = [50, 0.05];
    const slowed = batch + share * BATCH_SIZE * pacePerMessage(DEFAULT_CONCURRENCY);
    expect(batch / slowed).toBeGreaterThan(0.5);
  });

  test("are published at the function's full speed once the destination has recovered", () => {
    const outage = { ...SHORT, failing: 1, failsAfter: 0.02, concurrency: DEFAULT_CONCURRENCY } as const;
    for (const first of ["most tried", "least tried"] as const) {
      const { arrived, emptyAfter } = simulateOutage({ ...outage, first });
      expect(arrived).toBe(7_200_000);
      const perSecond = (DEFAULT_CONCURRENCY * BATCH_SIZE) / outage.batch;
      // The last batches of the outage still wait for their turn.
      expect(emptyAfter - arrived / perSecond).toBeLessThan(10);
    }
  });
});
