import { type Forwarding, NO_FORWARDING, parseForwarding } from "../../events/forwarding.ts";
import { UsageError } from "./command.ts";

/**
 * Reads a URL that callbacks are posted to from an option.
 *
 * @param name the option's name, for the message
 * @param meaning the URL that is expected, for the message
 * @throws {UsageError} when it is not an http or https URL, or contains a password, which a failed request would print
 */
export function readUrl(text: string, name = "url", meaning = "the callback URL"): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "") return url;
  // Without its password, and without its query, which is secret too if the URL was copied from a log.
  const shown = text.replace(/\?.*/s, "").replace(/\/\/[^/]*@/, "//");
  throw new UsageError(`--${name} is '${shown}': expected ${meaning}, an http or https URL without a password`);
}

/**
 * Checks the option `--queue-url`.
 *
 * @throws {UsageError} when it is not an http or https URL
 */
export function checkQueueUrl(text: string): void {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return;
  throw new UsageError(`--queue-url is '${text}': expected a queue's URL, such as the stack's output QueueUrl`);
}

/**
 * Reads an option's whole number.
 *
 * @param name the option's name, for the message
 * @param maximum the largest number allowed
 * @throws {UsageError} when it is not a whole number from 0 to `maximum`
 */
export function readInteger(name: string, text: string, maximum = Number.MAX_SAFE_INTEGER): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (value <= maximum) return value;
  throw new UsageError(`--${name} is '${text}': expected a whole number from 0 to ${maximum}`);
}

/**
 * Reads the option `--forward`.
 *
 * @param names the commands and families to forward, separated by commas; none if absent
 * @throws {UsageError} when one is malformed
 */
export function readForwarding(names: string | undefined): Forwarding {
  try {
    return names === undefined ? NO_FORWARDING : parseForwarding(names);
  } catch (error) {
    throw new UsageError(`--forward: ${(error as Error).message}`);
  }
}
