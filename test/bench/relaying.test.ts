import { expect, test } from "vitest";
import { relayLatency } from "../../bench/relaying.ts";

test("The added time is the median of the runs' differences, which a slow run does not change", () => {
  const { alone, relayed, added, coldStart } = relayLatency({
    aloneP50: [11, 50, 12],
    aloneP99: [14, 60, 15],
    relayedP50: [12, 51.2, 13.4],
    relayedP99: [16, 63, 18],
    firstWall: [17, 90, 18],
    coldWall: [140, 300, 150],
    lateConnections: [0, 0, 0],
    cpuShare: [14, 14, 14],
  });
  expect({ alone, relayed, coldStart }).toEqual({
    alone: { p50: 12, p99: 15 },
    relayed: { p50: 13.4, p99: 18 },
    coldStart: 150,
  });
  expect(added.p50).toBeCloseTo(1.2);
  expect(added.p99).toBe(3);
});
