import { randomInt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { formatBroken } from "../../simulation/report/report.ts";
import { type Draw, drawPlan, judge } from "../../simulation/seeds/judge.ts";
import { readSystem } from "../../simulation/seeds/read-system.ts";
import { chooseSeeds, findSeeds } from "../support/choose-seeds.ts";

const system = await readSystem();

async function brokenPromises(draw: Draw): Promise<string[]> {
  const { broken } = await judge(drawPlan(draw), system);
  return broken.map((promise) => formatBroken(draw, promise));
}

/** Plans that have broken a promise, each with the fault that it found. `simulation/arbitrary-plan.ts` decides what a seed means. */
const REGRESSIONS: readonly (Draw & { readonly fault: string })[] = [];

describe("Every promise holds", () => {
  test.each(chooseSeeds())("with seed $seed, one of those that have every fault", async (draw) => {
    expect(await brokenPromises(draw)).toEqual([]);
  });

  test.each(REGRESSIONS)("with seed $seed, which has found: $fault", async (draw) => {
    expect(await brokenPromises(draw)).toEqual([]);
  });

  const fresh = findSeeds(100, randomInt(2 ** 30)).next().value;
  test(`with the fresh seed ${fresh.seed}: npm run simulate -- --seed ${fresh.seed} --callbacks 100`, async () => {
    // Not through the console: vitest hides what passing tests print there.
    process.stderr.write(`The fresh seed of the simulation is ${fresh.seed}.\n`);
    expect(await brokenPromises(fresh)).toEqual([]);
  });
});
