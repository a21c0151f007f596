import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { History } from "../../simulation/history.ts";
import { run } from "../../simulation/run.ts";
import { drawPlan, type SimulatedSystem } from "../../simulation/seeds/judge.ts";
import { readSystem } from "../../simulation/seeds/read-system.ts";
import { findSeeds } from "../support/choose-seeds.ts";

let system: SimulatedSystem;
beforeAll(async () => {
  system = await readSystem();
});

const plans = findSeeds(20)
  .take(6)
  .map((draw) => drawPlan(draw))
  .toArray();

/** Summarises a history and its trace: two with the same digest are equal. */
function digestOf(history: History, trace: readonly string[]): string {
  const { callbacks, environments, arrivals, receipts, tokens, leftBehind, operatorOutput } = history;
  const content = {
    callbacks: [...callbacks.values()].map(({ attempts, ...rest }) => ({
      ...rest,
      attempts: attempts.map(({ invocation, ...attempt }) => ({ ...attempt, startedAt: invocation?.startedAt })),
    })),
    environments: environments.map(({ invocations, ...environment }) => ({
      ...environment,
      invocations: invocations.map(({ environment: { id }, ...invocation }) => ({ ...invocation, id })),
    })),
    ...{ arrivals, receipts, tokens, leftBehind, operatorOutput, trace },
  };
  return createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
}

async function digestOfRun(plan: (typeof plans)[number]): Promise<string> {
  const trace: string[] = [];
  const history = await run(plan, system.stacks[plan.destination], system.bundles, (time, text) => {
    trace.push(`${time} ${text}`);
  });
  return digestOf(history, trace);
}

async function digestsInOrder(order: typeof plans): Promise<string[]> {
  const digests: string[] = [];
  for (const plan of order) digests.push(await digestOfRun(plan));
  return digests;
}

describe("A plan has one history", () => {
  let expected: string[];
  beforeAll(async () => {
    expected = await digestsInOrder(plans);
  });

  test("which another plan does not have", () => {
    expect(new Set(expected).size).toBe(plans.length);
  });

  test("whatever was run before it", async () => {
    expect(await digestsInOrder(plans.toReversed())).toEqual(expected.toReversed());
  });

  test("whatever is run at the same time", async () => {
    expect(await Promise.all(plans.map(digestOfRun))).toEqual(expected);
  });
});
