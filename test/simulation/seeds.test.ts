import { randomInt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { buildMutated } from "../../simulation/mutations/build.ts";
import { MUTATIONS } from "../../simulation/mutations/index.ts";
import type { Plan } from "../../simulation/plan.ts";
import { formatBroken } from "../../simulation/report/report.ts";
import { type Draw, drawPlan, judge } from "../../simulation/seeds/judge.ts";
import { readSystem } from "../../simulation/seeds/read-system.ts";
import { chooseSeeds, findSeeds } from "../support/choose-seeds.ts";

const system = await readSystem();

async function brokenPromises(draw: Draw): Promise<string[]> {
  const { broken } = await judge(drawPlan(draw), system);
  return broken.map((promise) => formatBroken(draw, promise));
}

/**
 * Plans that have broken a promise, as short as they could be made; each with the mutation that brings the fault back. Plans rather
 * than seeds, as `simulation/arbitrary-plan.ts` decides what a seed means.
 */
const REGRESSIONS: readonly { readonly mutation: string; readonly plan: Plan }[] = [
  {
    mutation: "does not keep a callback that is too large while the token cannot be read",
    plan: {
      ...{ seed: 928830333, destination: "fifo", relayed: "none", callbacks: 1, edges: [0], repeatsOnTimeout: false },
      ...{ serviceFaults: [], lambdaFaults: [], consumer: { duration: 50, failing: 0, poison: 0 } },
      attacks: [{ from: 0, duration: 5_782, kind: "unsigned", requests: 10 }],
      operator: [{ kind: "deploys a broken configuration", at: 0, pause: 10_000 }],
      flows: [
        {
          ...{ from: 0, duration: 6_679, kind: "read report that is too large" },
          ...{ weight: 1, conversations: 1, longestDelay: 50 },
        },
      ],
    },
  },
  {
    mutation: "writes no metrics after the clock was set back",
    plan: {
      ...{
        seed: -513348348,
        destination: "fifo",
        relayed: "none",
        callbacks: 14,
        edges: [-30_069],
        repeatsOnTimeout: true,
      },
      ...{ attacks: [], serviceFaults: [], operator: [], consumer: { duration: 60_000, failing: 0, poison: 0.02 } },
      lambdaFaults: [{ name: "sets the clock of environments", from: 13_682_551, duration: 80_716, share: 1 }],
      flows: [
        {
          ...{ from: 0, duration: 1_000, kind: "forwarded before-callback" },
          ...{ weight: 3, conversations: 1, longestDelay: 5_000 },
        },
        { from: 0, duration: 1_000, kind: "read report", weight: 6, conversations: 1, longestDelay: 50 },
        { from: 0, duration: 1_200_000, kind: "read report", weight: 8, conversations: 1, longestDelay: 50 },
        { from: 13_682_551, duration: 900_000, kind: "read report", weight: 20, conversations: 3, longestDelay: 500 },
      ],
    },
  },
];

describe("Every promise holds", () => {
  test.each(chooseSeeds())("with seed $seed, one of those that have every fault", async (draw) => {
    expect(await brokenPromises(draw)).toEqual([]);
  });

  test.each(REGRESSIONS)(
    "in the plan that found that the code $mutation, but not if it still does",
    async (regression) => {
      const { plan, mutation: name } = regression;
      const mutation = MUTATIONS.find((candidate) => candidate.name === name);
      if (mutation === undefined) throw new Error(`there is no mutation '${name}'`);
      const bundles = await buildMutated(mutation, system.bundles);
      expect((await judge(plan, system)).broken).toEqual([]);
      expect((await judge(plan, { ...system, bundles })).broken).not.toEqual([]);
    },
  );

  const fresh = findSeeds(100, randomInt(2 ** 30)).next().value;
  test(`with the fresh seed ${fresh.seed}: npm run simulate -- --seed ${fresh.seed} --callbacks 100`, async () => {
    // Not through the console: vitest hides what passing tests print there.
    process.stderr.write(`The fresh seed of the simulation is ${fresh.seed}.\n`);
    expect(await brokenPromises(fresh)).toEqual([]);
  });
});
