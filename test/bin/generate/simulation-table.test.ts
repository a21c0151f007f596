import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readSimulationResults, withSimulationTables } from "../../../bin/generate/simulation-table.ts";

const MARKERS = "<!-- simulation --><!-- /simulation -->";

test("docs/reliability.md has the results of the simulation: npm run generate writes them", async () => {
  const page = readFileSync(new URL("../../../docs/reliability.md", import.meta.url), "utf8");
  expect(page).toContain("<!-- /simulation -->");
  expect(page).toBe(withSimulationTables(page, await readSimulationResults()));
});

test("The results say what ran, and how often each promise held", () => {
  const tables = withSimulationTables(MARKERS, {
    command: "npm run simulate -- --seed 1 --seeds 2000",
    date: "2026-11-24T16:00:00.000Z",
    commit: "0123456789abcdef",
    node: "24.21.0",
    seconds: 3_629,
    seeds: 2_000,
    callbacks: 1_000_123,
    virtualMilliseconds: 3_600_000 * 48_000,
    sections: {
      "forged requests": { unsigned: 1_000, "wrong signature": 234 },
      "calls that faults hit": { "answers 500": 7, "never answers": 3 },
    },
    checked: { "Every OK arrives": 1_000_123 },
    held: { "Every OK arrives": 1_000_122 },
  });
  expect(tables).toBe(`<!-- simulation -->
| Run | |
|---|--:|
| command | \`npm run simulate -- --seed 1 --seeds 2000\` |
| commit | \`0123456789\`, 2026-11-24, Node.js 24.21.0 |
| duration | 60 minutes |
| seeds | 2,000 |
| callbacks | 1,000,123 |
| virtual hours | 48,000 |
| calls of services that a fault hit | 10, 2 kinds |
| forged requests | 1,234 |

| Promise | Checked | Held |
|---|--:|--:|
| Every OK arrives | 1,000,123 | 1,000,122 |
<!-- /simulation -->`);
});
