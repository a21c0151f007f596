import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { CommandIo } from "../../bin/shared/command.ts";
import { type Draw, drawPlan, type Judgement, judge, readSystem } from "../../simulation/judge.ts";
import { judgeAll } from "../../simulation/pool.ts";
import { runSeed } from "../../simulation/run-seeds.ts";
import { main } from "../../simulation/simulate.ts";
import { run } from "../support/command.ts";
import { buildWithFault } from "../support/simulation.ts";

const system = await readSystem();

/** A plan with few callbacks. */
const SHORT = ["--seed", "8", "--callbacks", "20"];

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
    const first = await run(main, ...SHORT, "--trace");
    expect(first).toMatchObject({ stderr: "", exitCode: 0 });
    expect(first.stdout).toMatch(/^Seed 8, at most 20 callbacks\n\d+:\d\d:\d\d\.\d{3} {2}/);
    expect(first.stdout).toMatch(/\nEvery promise held\.\n$/);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2040, 0) });
    onTestFinished(() => void vi.useRealTimers());
    expect(await run(main, ...SHORT, "--trace")).toEqual(first);
  });

  test("counts everything that happened in several seeds, and how long it took", async () => {
    const { stdout, stderr } = await run(main, "--seed", "55", "--seeds", "2", "--callbacks", "10");
    const [one, other] = await Promise.all([55, 56].map((seed) => judge(drawPlan({ seed, callbacks: 10 }), system)));
    const callbacks = (one?.tally.callbacks ?? 0) + (other?.tally.callbacks ?? 0);
    expect(stdout).toMatch(new RegExp(`^seeds +2\ncallbacks +${callbacks}\nvirtual hours +\\d+\n`));
    expect(stderr).toMatch(/^2 seeds in \d+ s: \d+ callbacks? a second$/m);
  });

  test("prints a fresh seed if none is given", async () => {
    expect((await run(main, "--callbacks", "1")).stdout).toMatch(/^Seed \d+, at most 1 callback\n/);
  });
});

test("The number of threads does not change what they find", async () => {
  const judgements = async (threads: number) => {
    const found = new Map<number, Judgement>();
    const draws = [3, 4, 5, 6].map((seed) => ({ seed, callbacks: 10 }));
    await judgeAll(draws.values() as Iterator<Draw, undefined>, system.stacks, threads, (draw, judgement) =>
      found.set(draw.seed, judgement),
    );
    return found;
  };
  const found = await judgements(3);
  expect(found.size).toBe(4);
  expect(await judgements(1)).toEqual(found);
});

describe("If a promise is broken, because the function answers before it stores,", async () => {
  const callback = await buildWithFault(
    "callback",
    "functions/callback/deliver.ts",
    "await destination.publish(event, receipt.monotonicTime + DESTINATION_UNTIL_MS)",
    "destination.publish(event, 0).catch(() => {})",
  );
  const broken = { ...system, bundles: { ...system.bundles, callback } };

  async function simulate(draw: Draw) {
    let stdout = "";
    const silent = { write: () => true };
    const io = { stdout: { write: (text: string) => (stdout += text) }, stderr: silent } as unknown as CommandIo;
    const exitCode = await runSeed(draw, drawPlan(draw), false, broken, io);
    return { stdout, exitCode };
  }

  test("the command prints the shortest plan that shows it, and how to run that again", async () => {
    const { stdout, exitCode } = await simulate({ seed: 7, callbacks: 50 });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^Seed 7 breaks a promise: [A-Z].*\n {2}\d+ /m);
    const [, path = ""] =
      /^ {2}npm run simulate -- --seed 7 --callbacks 50 --path ([\d:]+) --trace$/m.exec(stdout) ?? [];
    const draw = { seed: 7, callbacks: 50, path };
    expect(drawPlan(draw).callbacks).toBeLessThan(drawPlan({ ...draw, path: undefined }).callbacks);

    const again = await simulate(draw);
    const [, promise = ""] = /breaks a promise: (.*)/.exec(stdout) ?? [];
    expect(again.exitCode).toBe(1);
    expect(again.stdout).toContain(`Seed 7 breaks a promise: ${promise}\n`);
    expect(again.stdout).not.toContain("npm run simulate");
  });
});
