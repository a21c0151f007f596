import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { CommandIo } from "../../bin/shared/command.ts";
import { buildMutated } from "../../simulation/mutations/build.ts";
import { MUTATIONS } from "../../simulation/mutations/index.ts";
import type { Mutation } from "../../simulation/mutations/mutation.ts";
import { describePlan } from "../../simulation/report/describe-plan.ts";
import { formatTally } from "../../simulation/report/report.ts";
import { type Draw, drawPlan, type Judgement, judge } from "../../simulation/seeds/judge.ts";
import { judgeAll } from "../../simulation/seeds/pool.ts";
import { readSystem } from "../../simulation/seeds/read-system.ts";
import { runSeed } from "../../simulation/seeds/run-seeds.ts";
import { main } from "../../simulation/simulate.ts";
import { findSeeds } from "../support/choose-seeds.ts";
import { run } from "../support/command.ts";

const system = await readSystem();

/** A plan in which nothing goes wrong. */
const QUIET = findSeeds(20).find((draw) => {
  const { flows, lambdaFaults, serviceFaults } = drawPlan(draw);
  const isPrompt = flows.every(({ kind, longestDelay }) => kind === "read report" && longestDelay < 1_000);
  return isPrompt && lambdaFaults.length + serviceFaults.length === 0;
}) as Draw;

describe("npm run simulate", () => {
  test.each([
    [["--seed", "-1"], "--seed is '-1': expected a whole number from 0 to 1073741823\n"],
    [["--seeds", "0"], "--seeds is '0': expected at least 1\n"],
    [["--minutes", "1.5"], "--minutes is '1.5': expected a whole number from 0 to 10080\n"],
    [["--callbacks", "many"], "--callbacks is 'many': expected a whole number from 0 to 1000000\n"],
    [["--path", "0:1"], "--path needs the seed that it belongs to: add --seed\n"],
    [
      ["--seed", "1", "--path", "0:999999"],
      "--path is '0:999999': expected the path that a failure printed, together with its --seed and --callbacks\n",
    ],
    [["--seeds", "2", "--trace"], "--trace and --path need one seed: leave out --seeds and --minutes\n"],
    [
      ["--minutes", "2", "--seed", "1", "--path", "0"],
      "--trace and --path need one seed: leave out --seeds and --minutes\n",
    ],
    [["--write"], "--write needs several seeds: add --seeds or --minutes\n"],
  ])("refuses %j", async (argv, stderr) => {
    expect(await run(main, ...argv)).toEqual({ stdout: "", stderr, exitCode: 1 });
  });

  test("prints the same for the same seed, whatever the real time is", async () => {
    const first = await run(main, "--seed", `${QUIET.seed}`, "--callbacks", "20", "--trace");
    expect(first).toMatchObject({ stderr: "", exitCode: 0 });
    expect(first.stdout).toContain(`Seed ${QUIET.seed}, at most 20 callbacks\n`);
    expect(first.stdout).toMatch(/^\d+:\d\d:\d\d\.\d{3} {2}/m);
    expect(first.stdout).toMatch(/\nEvery promise held\.\n$/);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2040, 0) });
    onTestFinished(() => void vi.useRealTimers());
    expect(await run(main, "--seed", `${QUIET.seed}`, "--callbacks", "20", "--trace")).toEqual(first);
  });

  test("sums up several seeds, and says on stderr how long they took", async () => {
    const { stdout, stderr, exitCode } = await run(
      main,
      "--seed",
      `${QUIET.seed}`,
      "--seeds",
      "1",
      "--callbacks",
      "20",
    );
    const { tally } = await judge(drawPlan(QUIET), system);
    expect(stdout).toBe(`${formatTally(tally)}\n\nEvery promise held.\n`);
    expect(stderr).toMatch(/^1 seed in \d+ s: \d+ callbacks? a second$/m);
    expect(exitCode).toBe(0);
  });

  test("prints a fresh seed if none is given", async () => {
    expect((await run(main, "--callbacks", "1")).stdout).toMatch(/^Seed \d+, at most 1 callback\n/);
  });
});

test("The number of threads does not change what they find", async () => {
  const judgements = async (threads: number) => {
    const found = new Map<number, Judgement>();
    await judgeAll(findSeeds(10).take(4), system.stacks, threads, (draw, judgement) => found.set(draw.seed, judgement));
    return found;
  };
  const found = await judgements(2);
  expect(found.size).toBe(4);
  expect(await judgements(1)).toEqual(found);
});

describe("If a promise is broken, because the function answers before it stores,", async () => {
  const mutation = MUTATIONS.find(({ name }) => name === "answers before the event is stored") as Mutation;
  const broken = { ...system, bundles: await buildMutated(mutation, system.bundles) };

  /** The first seed that breaks any promise: another may take hundreds of runs to shrink. */
  async function findFailure(): Promise<Draw> {
    for (const draw of findSeeds(20)) if ((await judge(drawPlan(draw), broken)).broken.length > 0) return draw;
    throw new Error("findSeeds has ended");
  }

  async function simulate(draw: Draw) {
    let stdout = "";
    const silent = { write: () => true };
    const io = { stdout: { write: (text: string) => (stdout += text) }, stderr: silent } as unknown as CommandIo;
    const exitCode = await runSeed(draw, drawPlan(draw), false, broken, io);
    return { stdout, exitCode };
  }

  test("the command prints the shortest plan that shows it, and how to run that again", async () => {
    const first = await findFailure();
    const { seed } = first;
    const { stdout, exitCode } = await simulate(first);
    expect(exitCode).toBe(1);
    const command = new RegExp(`^  npm run simulate -- --seed ${seed} --callbacks 20 --path ([\\d:]+) --trace$`, "m");
    const [, path = ""] = command.exec(stdout) ?? [];
    const draw = { ...first, path };
    expect(drawPlan(draw).callbacks).toBe(1);
    for (const line of describePlan(drawPlan(draw))) expect(stdout).toContain(`\n  ${line}\n`);

    const again = await simulate(draw);
    expect(again.exitCode).toBe(1);
    const [promise = ""] = /^Seed \d+ breaks a promise: .*$/m.exec(stdout) ?? [];
    expect(again.stdout).toContain(`${promise}\n`);
    expect(again.stdout).not.toContain("npm run simulate");
  });
});
