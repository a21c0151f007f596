import { writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { JSON_SCHEMA_FILE, jsonSchemaText } from "../contract/json-schema.ts";
import { buildFunctions } from "../lib/build-functions.ts";

for (const { file, bytes } of await buildFunctions()) {
  console.log(`${relative(process.cwd(), file)}  ${bytes} bytes`);
}
await writeFile(JSON_SCHEMA_FILE, jsonSchemaText());
