import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A callback in one of the shapes in which Tencent's pages, or published captures, show its body. */
export interface DocumentedCallback {
  readonly command: string;
  /** Which of them, such as `documented sample`; no command has two of the same name. */
  readonly shape: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Every command in every shape that Tencent's pages show, with made-up values; a command's first shape is its usual one. */
export const DOCUMENTED_CALLBACKS: readonly DocumentedCallback[] = readFileSync(
  join(import.meta.dirname, "documented-callbacks.jsonl"),
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as DocumentedCallback);
