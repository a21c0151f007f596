import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readBenchResults } from "../../../bin/generate/bench-results.ts";
import { withLatencyTable } from "../../../bin/generate/latency-table.ts";

test("docs/migrate.md states the measured latency: npm run generate writes it", async () => {
  const page = readFileSync(new URL("../../../docs/migrate.md", import.meta.url), "utf8");
  expect(page).toContain("<!-- relay-latency -->");
  const { relayLatency } = await readBenchResults();
  expect(page).toBe(withLatencyTable(page, relayLatency));
});

test("A new environment's first callback is compared with the handler's median", () => {
  const table = withLatencyTable("<!-- relay-latency --><!-- /relay-latency -->", {
    ...{ handlerMs: 10, cpuShare: 14.47, coldStart: 140 },
    alone: { p50: 11, p99: 14 },
    relayed: { p50: 12.04, p99: 16 },
    // The median of the differences, not the difference of the medians.
    added: { p50: 1.1, p99: 2.4 },
  });
  expect(table).toContain("| median | 11.0 | 12.0 | 1.1 |");
  expect(table).toContain("| first callback of a new environment, including its start | 11.0 | 140.0 | 129.0 |");
  expect(table).toContain("the handler takes 10 ms");
  expect(table).toContain("14 % of one");
});
