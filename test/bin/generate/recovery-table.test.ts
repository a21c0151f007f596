import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readBenchResults } from "../../../bin/generate/bench-results.ts";
import { withRecoveryTable } from "../../../bin/generate/recovery-table.ts";

test("docs/reliability.md states the measured rate: npm run generate writes it", async () => {
  const page = readFileSync(new URL("../../../docs/reliability.md", import.meta.url), "utf8");
  const { recovery } = await readBenchResults();
  expect(page).toBe(withRecoveryTable(page, recovery.eventsPerSecond));
});

test("Recovery from an hour's outage takes 2,000 callbacks a second divided by what the environments republish", () => {
  const table = withRecoveryTable("<!-- recovery --><!-- /recovery -->", 100);
  expect(table).toContain("| 2 | 200 | 10.0 hours |");
  expect(table).toContain("| 60 | 6,000 | 20 minutes |");
});
