import { relative } from "node:path";
import { buildFunctions } from "./build/build-functions.ts";

for (const { file, bytes } of await buildFunctions()) {
  console.log(`${relative(process.cwd(), file)}  ${bytes} bytes`);
}
