import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The functions. Each is a folder in `functions/` with an `index.ts` that exports `handler`. */
export const FUNCTIONS = ["callback", "republish", "check-deployment"] as const;

/** The name of a function. */
export type FunctionName = (typeof FUNCTIONS)[number];

// Found by the package's name, because this file also runs compiled, in `dist/`.
const PACKAGE = dirname(createRequire(import.meta.url).resolve("tencent-chat-events/package.json"));

/**
 * Returns the path of a function's bundle, which the stack deploys and the local system runs. The bundle is alone in its
 * folder.
 */
export function bundleFile(name: FunctionName): string {
  return join(PACKAGE, "dist", name, "index.mjs");
}
