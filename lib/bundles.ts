import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The functions, each a folder in `functions/` with an `index.ts` that exports `handler`. */
export const FUNCTIONS = ["callback", "republish", "check-deployment"] as const;

/** The name of a function. */
export type FunctionName = (typeof FUNCTIONS)[number];

// By the package's own name: this file is also in `dist/`, compiled.
const PACKAGE = dirname(createRequire(import.meta.url).resolve("tencent-chat-events/package.json"));

/**
 * A function's bundle: the file that the stack deploys and the local system runs, alone in its folder.
 *
 * @param name the function
 */
export function bundleFile(name: FunctionName): string {
  return join(PACKAGE, "dist", name, "index.mjs");
}
