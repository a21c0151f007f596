import { expect, test } from "vitest";
import { recoveryFromAnHour } from "../../bench/republish.ts";

test.each([
  ["the time of a batch, measured at 256 MB's CPU share", { cpu: [], wallAtShare: [20, 10, 90] }, 200],
  ["its CPU time, a seventh of which is available at a time", { cpu: [(20 * 256) / 1_769], wallAtShare: [] }, 200],
])("The time to recover follows from %s", (_what, samples, eventsPerSecond) => {
  // 20 ms in the function, and three calls of SQS in turn, of 10 ms each.
  const recovery = recoveryFromAnHour(samples);
  expect(recovery.eventsPerSecond).toBeCloseTo(eventsPerSecond);
  // 7.2 million events, at 1,000 a second.
  expect(recovery).toMatchObject({ rate: 2_000, concurrency: 5 });
  expect(recovery.hours).toBeCloseTo(2);
});
