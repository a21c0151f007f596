import { readFile, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { JSON_SCHEMA_FILE, jsonSchemaText } from "../contract/json-schema.ts";
import { buildFunctions } from "../lib/build-functions.ts";
import { CALLBACKS_PAGE, withCallbacksTable } from "./callbacks-table.ts";

for (const { file, bytes } of await buildFunctions()) {
  console.log(`${relative(process.cwd(), file)}  ${bytes} bytes`);
}
await writeFile(JSON_SCHEMA_FILE, jsonSchemaText());
await writeFile(CALLBACKS_PAGE, withCallbacksTable(await readFile(CALLBACKS_PAGE, "utf8")));
