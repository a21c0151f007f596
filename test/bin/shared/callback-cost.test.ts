import { expect, test } from "vitest";
import {
  accessLogBytes,
  callbackCosts,
  lambdaTimeCost,
  storageCosts,
  total,
} from "../../../bin/shared/callback-cost.ts";
import { ACCESS_LOG_FORMAT } from "../../../lib/endpoint.ts";

const USAGE = { warmCpu: 0, coldCpu: 0, logBytes: 0 };

/** 10 ms of a quarter of a GB. */
const WAIT = 10_000 * 0.25 * 0.0000133334;

/** A GB of logs and of the archive, kept for 14 days. */
const LOG = 0.5 + (0.03 * 14 * 24) / 730;
const ARCHIVE = 0.1 + (0.023 * 14 * 24) / 730;

/** $1.00 for the API, $0.20 for the function, 38 bytes of access log, 246 bytes of reply. */
const BASE = 1.0 + 0.2 + WAIT + 0.038 * LOG + 0.246 * 0.09;

test.each([
  ["a FIFO queue", {}, "fifo", {}, BASE + 0.5],
  ["a standard queue", {}, "fair", {}, BASE + 0.4 + 0.1],
  ["a standard queue that is not fair", {}, "standard", {}, BASE + 0.4],
  ["a bus, its queue, and an archive of 1 KB each", {}, "bus", {}, BASE + 1.0 + 0.4 + ARCHIVE],
  [
    "0.2 ms of a whole CPU, which take 1.4 ms at 256 MB and are billed as 2 ms",
    { warmCpu: 0.2 },
    "fifo",
    {},
    BASE + 0.5 + WAIT / 5,
  ],
  ["a cold start of 100 ms in 1,000 events", { coldCpu: 100 }, "fifo", {}, BASE + 0.5 + WAIT / 100],
  ["1 KB of log", { logBytes: 1_000 }, "fifo", {}, BASE + 0.5 + LOG],
  ["300 bytes of Lambda's own lines", {}, "fifo", { platformLog: true }, BASE + 0.5 + 0.3 * LOG],
  ["every twentieth event traced", {}, "fifo", { traced: true }, BASE + 0.5 + 0.25],
] as const)(
  "The cost of a million callbacks is the sum of its parts: %s",
  (_name, usage, destination, options, cost) => {
    expect(total(callbackCosts({ ...USAGE, ...usage }, destination, options))).toBeCloseTo(cost, 6);
  },
);

test.each([
  [64 * 1024, { bus: 0, queue: 0.5, archive: 0 }, { bus: 1.0, queue: 0.4, archive: 65.536 * ARCHIVE }],
  [64 * 1024 + 1, { bus: 0, queue: 1.0, archive: 0 }, { bus: 2.0, queue: 0.8, archive: 65.537 * ARCHIVE }],
] as const)("An event of %i bytes costs a unit for every 64 KB begun", (bytes, fifo, bus) => {
  expect(storageCosts("fifo", bytes)).toEqual(fifo);
  expect(storageCosts("bus", bytes)).toEqual({ ...bus, archive: expect.closeTo(bus.archive, 6) });
});

test("Time without a wait and a cold start is CPU alone", () => {
  expect(lambdaTimeCost(1, 0)).toBeCloseTo(7_000 * 0.25 * 0.0000133334, 6);
});

test("A line of the access log is as long as the deployed format with the longest values", () => {
  expect(accessLogBytes()).toBe("255.255.255.255 200 JKJaXmPLvHcESHA= -".length);
  expect(() => accessLogBytes(`${ACCESS_LOG_FORMAT} $context.error.message`)).toThrow(
    "$context.error.message of the access log needs a value in LOGGED_VALUES",
  );
});
