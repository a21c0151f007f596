import { expect, test } from "vitest";
import { withMutationsTable } from "../../../bin/generate/mutations-table.ts";

test("The table has a row for each mutation: what the function does wrong, the promise that it breaks, and the seeds it took", () => {
  const table = withMutationsTable("<!-- mutations --><!-- /mutations -->", [
    { mutation: "skips standby", promise: "Nothing is lost", seed: 3 },
    { mutation: "does nothing" },
  ]);
  expect(table).toContain("| … skips standby | Nothing is lost | 3 |");
  expect(table).toContain("| … does nothing | none | - |");
});
