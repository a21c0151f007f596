import { Script } from "node:vm";

/** The globals of a function's bundle that depend on time, chance or the machine. Everything else it uses is pure. */
export interface Globals {
  readonly process: object;
  readonly Date: DateConstructor;
  readonly performance: { now(): number };
  readonly setTimeout: (callback: () => void, milliseconds: number) => unknown;
  readonly clearTimeout: (timer: never) => void;
  readonly Math: Math;
}

const NAMES = ["process", "Date", "performance", "setTimeout", "clearTimeout", "Math"] satisfies (keyof Globals)[];

/** Globals with real time, chance or effects. A bundle that begins to use one fails instead of leaving the simulation. */
const WITHHELD = ["globalThis", "global", "setInterval", "setImmediate", "fetch", "crypto", "console", "AbortSignal"];

/** A function's handler. */
export type Handler = (event: unknown) => Promise<unknown>;

/** Runs a bundle from its first line, as a cold start does. Nothing is shared with another run. */
export type Bundle = (globals: Globals) => Promise<Handler>;

/** How esbuild ends a bundle whose only export is its handler: only licences follow. */
const EXPORT = /export\{([\w$]+) as handler\};(?=\s*(?:\/\*!|$))/;

/**
 * Compiles a bundle as it is deployed. It imports nothing (see `bin/build/build-functions.ts`), so it becomes the body of a
 * function: its globals are the parameters, and its export is the result.
 *
 * @param code the contents of `dist/callback/index.mjs` or `dist/republish/index.mjs`
 * @param name the name in stack traces
 */
export function compileBundle(code: string, name: string): Bundle {
  if (!EXPORT.test(code))
    throw new Error(`${name} does not end by exporting its handler: adapt simulation/lambda/bundle.ts`);
  const body = code.replace(EXPORT, "return $1;");
  const run = new Script(`(async (${[...NAMES, ...WITHHELD]}) => {${body}\n})`, {
    filename: name,
  }).runInThisContext() as (...globals: unknown[]) => Promise<Handler>;
  return (globals) => run(...NAMES.map((global) => globals[global]));
}
