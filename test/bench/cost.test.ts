import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { costPerMillion, usage } from "../../bench/cost.ts";
import { logCost } from "../../bin/shared/callback-cost.ts";

const SAMPLES = { warmCpu: [0.6, 0.7, 0.8], coldCpu: [80, 90, 70], logBytes: [0, 0, 0] };

describe("The cost of a million events", () => {
  test("follows from the medians of the samples", () => {
    expect(usage(SAMPLES)).toEqual({ warmCpu: 0.7, coldCpu: 80, logBytes: 0 });
    const twice = { warmCpu: [0.7], coldCpu: [80], logBytes: [0] };
    expect(costPerMillion("ours", SAMPLES, "fifo")).toBe(costPerMillion("ours", twice, "fifo"));
  });

  test("includes Lambda's own lines for all but this project, and traces for the full stack", () => {
    const ours = costPerMillion("ours", SAMPLES, "fifo");
    expect(costPerMillion("textbook", SAMPLES, "fifo") - ours).toBeCloseTo(logCost(300), 6);
    expect(costPerMillion("fullStack", SAMPLES, "fifo") - ours).toBeCloseTo(logCost(300) + 0.25, 6);
  });

  test("stays below its limits even if the slowest round were typical", () => {
    const { samples } = JSON.parse(readFileSync(new URL("../../bench/results.json", import.meta.url), "utf8"));
    const slowest = { ...samples.ours, warmCpu: [Math.max(...samples.ours.warmCpu)] };
    expect(costPerMillion("ours", slowest, "fifo")).toBeLessThanOrEqual(1.8);
    expect(costPerMillion("ours", slowest, "fair")).toBeLessThanOrEqual(1.8);
    expect(costPerMillion("ours", slowest, "standard")).toBeLessThanOrEqual(1.7);
  });
});
