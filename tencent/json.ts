import { Refusal } from "./refusal.ts";

/** A number's own text, which `JSON.stringify` writes as it is. */
interface RawJson {
  readonly rawJSON: string;
}

declare global {
  // Node.js 22 and later have them, TypeScript 7's library not yet.
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): RawJson;
    isRawJSON(value: unknown): value is RawJson;
  }
}

/** A JSON object as it came, key order included, but for keys that are whole numbers and those given twice. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Deeper than any callback; 30,000 levels parse and then overflow the stack of `JSON.stringify`. */
const DEEPEST_NESTING = 100;

/** For what holds a callback in an envelope, or in a line of the log. */
export const DEEPEST_ENVELOPE = 2 * DEEPEST_NESTING;

/** The white space of JSON (RFC 8259, section 2). */
const EMPTY_OBJECT_OR_NOTHING = /^[ \t\r\n]*(?:\{[ \t\r\n]*\}[ \t\r\n]*)?$/;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Decodes a body as UTF-8, strictly.
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

/** Whether a body says nothing: empty, white space or `{}`, as the console's Verify button sends it. */
export function isEmptyBody(body: Buffer): boolean {
  // Latin-1 never fails, and leaves white space and braces what they are, whatever the rest may be.
  return EMPTY_OBJECT_OR_NOTHING.test(body.toString("latin1"));
}

/**
 * Parses a JSON object without losing anything: numbers that a double can't hold or that are written unusually come
 * back as raw JSON, which `JSON.stringify` writes as it came (https://github.com/tc39/proposal-json-parse-with-source).
 *
 * @param deepest how deep it may be nested
 * @throws {Refusal} `body-malformed` when the text is not a JSON object, or nested deeper than that
 */
export function parseJsonObject(text: string, deepest = DEEPEST_NESTING): JsonObject {
  // First of all, because the reviver below recurses.
  if (isNestedDeeperThan(deepest, text)) {
    throw new Refusal("body-malformed", `the body is nested deeper than ${deepest} levels`);
  }
  let value: unknown;
  try {
    // With a reviver V8 takes seven times as long, 4 µs, and hardly a body needs one.
    value = UNUSUAL_NUMBER.test(text) ? JSON.parse(text, keepNumberAsWritten) : JSON.parse(text);
  } catch {
    // V8's message quotes the body, so it goes no further.
    throw new Refusal("body-malformed", "the body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal("body-malformed", "the body is not a JSON object");
  }
  return value as JsonObject;
}

/**
 * Finds every number that may not come back as it was written: with a fraction or an exponent, of 16 digits or more, or
 * negative zero. It also finds the like in strings, which does no harm.
 */
const UNUSUAL_NUMBER = /[:,[][ \t\r\n]*-?(?:[0-9]+[.eE]|[0-9]{16}|(?<=-)0)/;

/** A whole number, unusually written as it may be: `5.0`, `5e3`. */
const WHOLE_NUMBER = /^-?[0-9]+(\.0+)?([eE]\+?[0-9]+)?$/;

/**
 * The number behind a parsed whole number, raw or not.
 *
 * @returns the nearest double, or the value itself when it is no whole number
 */
export function toWholeNumber(value: unknown): unknown {
  return JSON.isRawJSON(value) && WHOLE_NUMBER.test(value.rawJSON) ? Number(value.rawJSON) : value;
}

function keepNumberAsWritten(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === "number" && source !== undefined && String(value) !== source ? JSON.rawJSON(source) : value;
}

function isNestedDeeperThan(limit: number, text: string): boolean {
  let depth = 0;
  let insideString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (insideString) {
      if (character === "\\") index += 1;
      else if (character === '"') insideString = false;
    } else if (character === '"') {
      insideString = true;
    } else if (character === "{" || character === "[") {
      depth += 1;
      if (depth > limit) return true;
    } else if (character === "}" || character === "]") {
      depth -= 1;
    }
  }
  return false;
}
