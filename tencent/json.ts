import { Refusal } from "./refusal.ts";

/** A number's source text, which `JSON.stringify` writes unchanged. */
interface RawJson {
  readonly rawJSON: string;
}

declare global {
  // In Node.js since 22, but not in TypeScript 7's library.
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): RawJson;
    isRawJSON(value: unknown): value is RawJson;
  }
}

/** A JSON object as received, in key order except for integer keys; of a repeated key the last value remains. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Deeper than any callback. 30,000 levels parse, and then overflow the stack of `JSON.stringify`. */
const DEEPEST_NESTING = 100;

/** For a callback inside an envelope, or inside a line of the log. */
export const DEEPEST_ENVELOPE = 2 * DEEPEST_NESTING;

/** White space as JSON defines it (RFC 8259, section 2). */
const EMPTY_OBJECT_OR_NOTHING = /^[ \t\r\n]*(?:\{[ \t\r\n]*\}[ \t\r\n]*)?$/;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Decodes a body as strict UTF-8.
 *
 * @throws {Refusal} `body-malformed` when the bytes are not UTF-8
 */
export function decodeText(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new Refusal("body-malformed", "the body is not UTF-8");
  }
}

/** Whether a body is empty, white space or `{}`: the console's Verify button sends these. */
export function isEmptyBody(body: Buffer): boolean {
  // Latin-1 decodes any bytes, and leaves white space and braces intact.
  return EMPTY_OBJECT_OR_NOTHING.test(body.toString("latin1"));
}

/**
 * Parses a JSON object without losing a digit: numbers that a double cannot hold, or that are written unusually, become raw
 * JSON, which `JSON.stringify` writes unchanged (https://github.com/tc39/proposal-json-parse-with-source).
 *
 * @param deepest the deepest nesting to accept
 * @throws {Refusal} `body-malformed` when the text is not a JSON object, or is nested too deep
 */
export function parseJsonObject(text: string, deepest = DEEPEST_NESTING): JsonObject {
  // Checked first, because the reviver below recurses.
  const { depth, hasEscapedKey } = examine(text, deepest);
  if (depth > deepest) {
    throw new Refusal("body-malformed", `the body is nested deeper than ${deepest} levels`);
  }
  let value: unknown;
  try {
    value = hasEscapedKey ? parseWithEscapedKeys(text) : parse(text);
  } catch {
    // V8's message quotes the body, so it is dropped.
    throw new Refusal("body-malformed", "the body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal("body-malformed", "the body is not a JSON object");
  }
  return value as JsonObject;
}

function parse(text: string): unknown {
  // With a reviver V8 takes seven times as long (4 µs), and few bodies need one.
  return UNUSUAL_NUMBER.test(text) ? JSON.parse(text, keepNumberAsWritten) : JSON.parse(text);
}

/** Matches the strings of a JSON text in turn, with the colon after those that are keys. */
const STRING_AND_COLON = /("[^"\\]*(?:\\.[^"\\]*)*")([ \t\r\n]*:)?/g;

/**
 * Parses JSON with escapes in its keys. V8 takes such a key for another one if an earlier object had a key with a backslash
 * (https://github.com/nodejs/node/issues/63785), so it gets numbers for keys, which are replaced afterwards.
 */
function parseWithEscapedKeys(text: string): unknown {
  // Rejects a string without an end, in which the pattern would look for one at each quote: 11 s for 128 KiB of `\"`.
  JSON.parse(text);
  const keys: string[] = [];
  const number = (match: string, key: string, colon?: string) =>
    colon === undefined ? match : `"#${keys.push(JSON.parse(key) as string) - 1}":`;
  const restore = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
    if (Array.isArray(value)) return value.map(restore);
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [keys[Number(key.slice(1))], restore(inner)]),
    );
  };
  return restore(parse(text.replace(STRING_AND_COLON, number)));
}

/**
 * Matches every number that may change when parsed and written again: with a fraction or an exponent, of 16 digits or more,
 * or negative zero. False matches inside strings do no harm.
 */
const UNUSUAL_NUMBER = /[:,[][ \t\r\n]*-?(?:[0-9]+[.eE]|[0-9]{16}|(?<=-)0)/;

/** A whole number, including unusual notations: `5.0`, `5e3`. */
const WHOLE_NUMBER = /^-?[0-9]+(\.0+)?([eE]\+?[0-9]+)?$/;

/**
 * Converts a raw whole number to a number.
 *
 * @returns the nearest double, or the value itself if it is not a raw whole number
 */
export function toWholeNumber(value: unknown): unknown {
  return JSON.isRawJSON(value) && WHOLE_NUMBER.test(value.rawJSON) ? Number(value.rawJSON) : value;
}

/** Reviver of `JSON.parse` that keeps a number that would change if parsed and written again as raw JSON. */
export function keepNumberAsWritten(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === "number" && source !== undefined && String(value) !== source ? JSON.rawJSON(source) : value;
}

/**
 * Examines JSON text without parsing it.
 *
 * @returns how deep it is nested, but at most a level more than `limit`; and whether a key contains an escape
 */
function examine(text: string, limit: number): { readonly depth: number; readonly hasEscapedKey: boolean } {
  let depth = 0;
  let deepest = 0;
  let insideString = false;
  let isEscaped = false;
  let hasEscapedKey = false;
  for (let index = 0; index < text.length && deepest <= limit; index += 1) {
    const character = text[index];
    if (insideString) {
      if (character === "\\") {
        isEscaped = true;
        index += 1;
      } else if (character === '"') insideString = false;
    } else if (character === '"') {
      insideString = true;
      isEscaped = false;
    } else if (character === ":") {
      hasEscapedKey ||= isEscaped;
    } else if (character === "{" || character === "[") {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (character === "}" || character === "]") {
      depth -= 1;
    }
  }
  return { depth: deepest, hasEscapedKey };
}
