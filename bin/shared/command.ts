import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { type Forwarding, NO_FORWARDING, parseForwarding } from "../../events/forwarding.ts";

/** Thrown for a mistake of the person at the keyboard; the message says what was wrong and what was expected. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs a command. A mistake of its user ends it with one line and exit code 1, anything else with a stack trace.
 *
 * @param main the command
 */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof UsageError ? error.message : error);
    process.exit(1);
  }
}

/**
 * Parses the command line's options.
 *
 * @throws {UsageError} for options that are unknown or lack their value
 */
export function readOptions<Options extends ParseArgsOptionsConfig>(options: Options) {
  try {
    return parseArgs({ options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const names = Object.keys(options).map((name) => `--${name}`);
    const [problem = ""] = (error as Error).message.split(/\.\s|\n/);
    throw new UsageError(`${problem}. The options are ${names.join(", ")}.`);
  }
}

/**
 * Reads the option `--url`.
 *
 * @throws {UsageError} when it is no http or https URL, or holds a password, which a failed request would print
 */
export function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "") return url;
  // Without a password, and without the query, which is a secret, too, if the URL was copied from a log.
  const shown = text.replace(/\?.*/s, "").replace(/\/\/[^/]*@/, "//");
  throw new UsageError(`--url is '${shown}': expected the callback URL`);
}

/**
 * Reads an option's whole number.
 *
 * @param name the option's name, for the message
 * @throws {UsageError} when it is none between 0 and `maximum`
 */
export function readInteger(name: string, text: string, maximum = Number.MAX_SAFE_INTEGER): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (value <= maximum) return value;
  throw new UsageError(`--${name} is '${text}': expected a whole number from 0 to ${maximum}`);
}

/**
 * Reads the option `--forward`.
 *
 * @param names what is to be forwarded, separated by commas; nothing if absent
 * @throws {UsageError} when one is malformed
 */
export function readForwarding(names: string | undefined): Forwarding {
  try {
    return names === undefined ? NO_FORWARDING : parseForwarding(names);
  } catch (error) {
    throw new UsageError(`--forward: ${(error as Error).message}`);
  }
}
