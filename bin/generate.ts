import { readFile, writeFile } from "node:fs/promises";
import { CALLBACKS_PAGE, withCallbacksTable } from "./generate/callbacks-table.ts";
import { JSON_SCHEMA_FILE, jsonSchemaText } from "./generate/json-schema.ts";
import { CONFIGURATION_PAGE, withSettingsTable } from "./generate/settings-table.ts";

// Files of the repository that say what sources say already; tests hold them together.
await writeFile(JSON_SCHEMA_FILE, jsonSchemaText());
await writeFile(CALLBACKS_PAGE, withCallbacksTable(await readFile(CALLBACKS_PAGE, "utf8")));
await writeFile(CONFIGURATION_PAGE, withSettingsTable(await readFile(CONFIGURATION_PAGE, "utf8")));
