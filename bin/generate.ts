import { readdir, readFile, writeFile } from "node:fs/promises";
import { withCallbacksTable } from "./generate/callbacks-table.ts";
import { JSON_SCHEMA_FILE, jsonSchemaText } from "./generate/json-schema.ts";
import { withOptionTables } from "./generate/option-tables.ts";
import { withSettingsTable } from "./generate/settings-table.ts";
import { type CommandDefinition, toMain } from "./shared/command.ts";

const DOCS = new URL("../docs/", import.meta.url);

export const definition = {
  invocation: "npm run generate",
  summary:
    "Writes the parts of this repository that follow from its sources: the JSON Schema of the event and the tables of " +
    "callbacks, settings and options in docs/.",
  options: {},
  example: "npm run generate",
} as const satisfies CommandDefinition;

export const main = toMain(definition, async () => {
  await writeFile(JSON_SCHEMA_FILE, jsonSchemaText());
  for (const name of await readdir(DOCS)) {
    if (!name.endsWith(".md")) continue;
    const file = new URL(name, DOCS);
    await writeFile(file, withSettingsTable(withOptionTables(withCallbacksTable(await readFile(file, "utf8")))));
  }
  return 0;
});
