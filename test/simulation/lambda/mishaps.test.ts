import { describe, expect, test } from "vitest";
import type { EnvironmentRecord } from "../../../simulation/history.ts";
import { Mishaps } from "../../../simulation/lambda/mishaps.ts";
import type { LambdaFault } from "../../../simulation/plan.ts";
import { createWorld } from "../../support/simulated-world.ts";

const NOTHING = { endsAfter: undefined, isLast: false, isThrottled: false };
const HOUR = 3_600_000;

const environmentOf = (id: number): EnvironmentRecord => ({
  ...{ id, functionName: "callback", startedAt: 0, isMisconfigured: false, variables: {} },
  ...{ lines: [], invocations: [], startCalls: [] },
});

/** What happens to a thousand invocations in the second hour, during which a fault lasts. */
function createMishaps(fault: Pick<LambdaFault, "name" | "share">) {
  const world = createWorld();
  const mishaps = new Mishaps([{ ...fault, from: HOUR, duration: HOUR }], world);
  const passTo = (time: number) => world.clock.runUntil(world.clock.sleep(time));
  const next = (invocations = 1_000) => Array.from({ length: invocations }, () => mishaps.next());
  return { mishaps, passTo, next };
}

describe("A fault of Lambda", () => {
  test.each([
    ["starts every environment anew", { ...NOTHING, isLast: true }],
    ["has no concurrency left", { ...NOTHING, isThrottled: true }],
  ] as const)("that %s hits all invocations while it lasts", async (name, mishap) => {
    const { next, passTo } = createMishaps({ name, share: 1 });
    expect(next(1)).toEqual([NOTHING]);
    await passTo(HOUR);
    expect(next(2)).toEqual([mishap, mishap]);
    await passTo(HOUR);
    expect(next(1)).toEqual([NOTHING]);
  });

  test("that ends environments ends them at any of the first steps", async () => {
    const { next, passTo } = createMishaps({ name: "ends an environment in the middle", share: 1 });
    expect(next(1)).toEqual([NOTHING]);
    await passTo(HOUR);
    const steps = new Set(next().map(({ endsAfter }) => endsAfter));
    expect(steps).toEqual(new Set(Array.from({ length: steps.size }, (_, step) => step)));
    expect(steps.size).toBeGreaterThan(10);
  });

  test("hits its share of invocations", async () => {
    const { next, passTo } = createMishaps({ name: "has no concurrency left", share: 0.1 });
    await passTo(HOUR);
    const hits = next().filter(({ isThrottled }) => isThrottled).length;
    expect(hits > 50 && hits < 150).toBe(true);
  });
});

describe("The wall clock of an environment", () => {
  const environments = Array.from({ length: 200 }, (_, id) => environmentOf(id));

  test("is up to an hour wrong, always as much, while clocks are set", async () => {
    const { mishaps, passTo } = createMishaps({ name: "sets the clock of environments", share: 1 });
    const errors = () => environments.map((environment) => mishaps.clockError(environment));
    expect(new Set(errors())).toEqual(new Set([0]));
    await passTo(HOUR);
    const first = errors();
    expect(Math.max(...first)).toBeGreaterThan(HOUR / 2);
    expect(Math.min(...first)).toBeLessThan(-HOUR / 2);
    expect(first.every((error) => Number.isInteger(error) && Math.abs(error) <= HOUR)).toBe(true);
    await passTo(HOUR / 2);
    expect(errors()).toEqual(first);
    await passTo(HOUR / 2);
    expect(new Set(errors())).toEqual(new Set([0]));
  });

  test("goes up to 40 s wrong, little by little, while clocks drift", async () => {
    const { mishaps, passTo } = createMishaps({ name: "lets the clock of environments drift", share: 1 });
    await passTo(HOUR);
    const widest: number[] = [];
    for (let minutes = 0; minutes < 60; minutes += 15) {
      widest.push(Math.max(...environments.map((environment) => Math.abs(mishaps.clockError(environment)))));
      await passTo(15 * 60_000);
    }
    const [start = -1, ...later] = widest.map((error) => Math.round(error / 1_000));
    expect(start).toBe(0);
    expect(later).toEqual([10, 20, 30]);
  });

  test("is right in those that are not hit", async () => {
    const { mishaps, passTo } = createMishaps({ name: "sets the clock of environments", share: 0.1 });
    await passTo(HOUR);
    const wrong = environments.filter((environment) => mishaps.clockError(environment) !== 0).length;
    expect(wrong > 5 && wrong < 40).toBe(true);
  });
});
