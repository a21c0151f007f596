import { expect, test } from "vitest";
import { costPerMillion } from "../../bench/cost.ts";

const USAGE = { warmCpu: 0, coldCpu: 0, logBytes: 0, platformLog: false, traced: false, queue: "fifo" } as const;

/** $1.00 for the API, $0.20 for the function, $0.50 for the queue, 10 ms of a quarter of a GB, 0.3 GB of replies. */
const BASE = 1.0 + 0.2 + 0.5 + 10_000 * 0.25 * 0.0000133334 + 0.3 * 0.09;

test.each([
  ["a function that only waits", {}, BASE],
  ["a standard queue", { queue: "standard" }, BASE - 0.1],
  [
    "0.2 ms of a whole CPU, which take 1.4 ms at 256 MB and are billed as 2 ms",
    { warmCpu: 0.2 },
    BASE + 2_000 * 0.25 * 0.0000133334,
  ],
  ["a cold start of 100 ms in 1,000 events", { coldCpu: 100 }, BASE + 100 * 0.25 * 0.0000133334],
  ["1 KB of log", { logBytes: 1_000 }, BASE + 0.5],
  ["Lambda's own lines", { platformLog: true }, BASE + 0.15],
  ["every twentieth event traced", { traced: true }, BASE + 0.25],
] as const)("The cost of a million events is the sum of its parts: %s", (_name, changes, expected) => {
  expect(costPerMillion({ ...USAGE, ...changes })).toBeCloseTo(expected, 6);
});
