import { readFile, writeFile } from "node:fs/promises";
import { JSON_SCHEMA_FILE, jsonSchemaText } from "../contract/json-schema.ts";
import { CALLBACKS_PAGE, withCallbacksTable } from "./callbacks-table.ts";

// Files of the repository that say what sources say already; tests hold them together.
await writeFile(JSON_SCHEMA_FILE, jsonSchemaText());
await writeFile(CALLBACKS_PAGE, withCallbacksTable(await readFile(CALLBACKS_PAGE, "utf8")));
