import * as v from "valibot";
import { BREAKABLE_PARTS, FAULT_MODES, type FaultMode } from "../../local/faults.ts";
import { HttpError } from "./http-error.ts";
import { SIGNINGS } from "./protocol.ts";

/** An integer within limits. */
function integer(least: number, most: number) {
  const message = `expected a whole number from ${least} to ${most}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
}

const MODES = [...Object.keys(FAULT_MODES), "kill"] as FaultMode[];

const oneOf = <const Options extends readonly string[]>(options: Options) =>
  v.picklist(options, `expected one of ${options.join(", ")}`);

const part = oneOf(BREAKABLE_PARTS);
const text = v.string("expected text");
const command = v.pipe(text, v.maxLength(200, "expected at most 200 characters"));
const signing = oneOf(SIGNINGS);

/** The inputs of the actions that take any. */
export const INPUTS = {
  nothing: v.strictObject({}),
  send: v.strictObject({
    command,
    body: text,
    signing,
    times: v.exactOptional(integer(1, 100)),
    rate: v.exactOptional(v.strictObject({ perSecond: integer(1, 200), seconds: integer(1, 60) })),
  }),
  check: v.strictObject({ body: text }),
  copies: v.strictObject({
    command,
    body: text,
    signing: v.exactOptional(signing),
    sample: v.exactOptional(v.strictObject({ shape: text, number: integer(1, 1000), body: text })),
  }),
  break: v.strictObject({ part, mode: oneOf(MODES), calls: v.exactOptional(integer(1, 999_999)) }),
  heal: v.strictObject({ part: v.exactOptional(part) }),
  fail: v.strictObject({ times: integer(1, 100) }),
} as const;

/**
 * Reads an action's input.
 *
 * @throws {HttpError} with 400, naming the first field that is wrong and what is expected
 */
export function readInput<Schema extends (typeof INPUTS)[keyof typeof INPUTS]>(
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  // Valibot takes a list for an object.
  const result = v.safeParse(schema, Array.isArray(value) ? undefined : value);
  if (result.success) return result.output as v.InferOutput<Schema>;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new HttpError(400, path === null ? "The input is not a JSON object as expected." : explain(path, issue));
}

function explain(path: string, { expected, message, received }: v.BaseIssue<unknown>): string {
  if (expected === "never") return `${path} is not expected.`;
  if (received === "undefined") return `${path} is missing.`;
  return `${path} is ${received}: ${message}.`;
}
