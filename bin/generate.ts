import { readFile, writeFile } from "node:fs/promises";
import { CALLBACKS_PAGE, withCallbacksTable } from "./generate/callbacks-table.ts";
import { JSON_SCHEMA_FILE, jsonSchemaText } from "./generate/json-schema.ts";
import { type CommandDefinition, toMain } from "./shared/command.ts";

export const definition = {
  invocation: "npm run generate",
  summary:
    "Writes the parts of this repository that follow from its sources: the JSON Schema of the event and the tables of " +
    "callbacks and of options in docs/.",
  options: {},
  example: "npm run generate",
} as const satisfies CommandDefinition;

export const main = toMain(definition, async () => {
  await writeFile(JSON_SCHEMA_FILE, jsonSchemaText());
  await writeFile(CALLBACKS_PAGE, withCallbacksTable(await readFile(CALLBACKS_PAGE, "utf8")));
  return 0;
});
