import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { synthesise } from "../local/read-stack.ts";
import type { Template } from "../local/template.ts";
import { buildFunctions } from "./build/build-functions.ts";
import { readBenchResults } from "./generate/bench-results.ts";
import { withCallbacksTable } from "./generate/callbacks-table.ts";
import { FOOTPRINTS, withCostTables } from "./generate/cost-tables.ts";
import { JSON_SCHEMA_FILE, jsonSchemaText } from "./generate/json-schema.ts";
import { withLatencyTable } from "./generate/latency-table.ts";
import { readMutationResults, withMutationsTable } from "./generate/mutations-table.ts";
import { withOptionTables } from "./generate/option-tables.ts";
import { withRecoveryTable } from "./generate/recovery-table.ts";
import { withSettingsTable } from "./generate/settings-table.ts";
import { readSimulationResults, withSimulationTables } from "./generate/simulation-table.ts";
import { type CommandDefinition, toMain } from "./shared/command.ts";

const DOCS = new URL("../docs/", import.meta.url);

export const definition = {
  invocation: "npm run generate",
  summary:
    "Writes the parts of this repository that follow from its sources: the JSON Schema of the event and the tables of " +
    "callbacks, settings, options, costs, latency, simulation results and mutations in docs/.",
  options: {},
  example: "npm run generate",
} as const satisfies CommandDefinition;

export const main = toMain(definition, async () => {
  await writeFile(JSON_SCHEMA_FILE, jsonSchemaText());
  const { usage, recovery, relayLatency } = await readBenchResults();
  const simulation = await readSimulationResults();
  const mutationResults = await readMutationResults();
  const templates = await synthesiseFootprints();
  for (const name of await readdir(DOCS)) {
    if (!name.endsWith(".md")) continue;
    const file = new URL(name, DOCS);
    let page = await readFile(file, "utf8");
    page = withCostTables(page, usage, templates);
    page = withSettingsTable(withOptionTables(withCallbacksTable(page)));
    page = withRecoveryTable(page, recovery.eventsPerSecond);
    page = withLatencyTable(page, relayLatency);
    page = withSimulationTables(page, simulation);
    page = withMutationsTable(page, mutationResults);
    await writeFile(file, page);
  }
  return 0;
});

async function synthesiseFootprints(): Promise<Template[]> {
  await buildFunctions();
  const folder = await mkdtemp(join(tmpdir(), "generate-"));
  try {
    const templates: Template[] = [];
    for (const props of Object.values(FOOTPRINTS)) templates.push(await synthesise(props, folder));
    return templates;
  } finally {
    await rm(folder, { recursive: true });
  }
}
