import { readFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "../../tencent/commands.ts";

/** A callback in one of the shapes in which Tencent's pages, or published captures, show its body. */
export interface DocumentedCallback {
  readonly command: string;
  /** Which of them. */
  readonly shape: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Every command in every shape that Tencent's pages show, with made-up values. */
export const DOCUMENTED_CALLBACKS: readonly DocumentedCallback[] = readFileSync(
  join(import.meta.dirname, "../fixtures/callbacks.jsonl"),
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as DocumentedCallback);

/** The commands that ask whether something may happen. */
export const BEFORE_COMMANDS = Object.entries(COMMANDS)
  .filter(([, { kind }]) => kind === "before")
  .map(([command]) => command);
