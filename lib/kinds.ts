import { Duration } from "aws-cdk-lib";
import { type Kind, wholeNumber } from "../functions/kinds.ts";

/** A property of a {@link Group}. */
export interface Field {
  readonly kind: Kind<unknown>;
  /** Its key on the command line. */
  readonly key: string;
}

/** An object whose properties are set together or not at all. */
export interface Group<Value> extends Kind<Value> {
  readonly fields: Readonly<Record<keyof Value & string, Field>>;
}

/**
 * An object whose properties are set together or not at all.
 *
 * @param fields its properties, which are checked one by one
 */
export function group<Value>(fields: Group<Value>["fields"]): Group<Value> {
  return { fields, findProblem: () => undefined };
}

/** Tells whether a kind is a {@link Group}. */
export function isGroup(kind: Kind<unknown>): kind is Group<Readonly<Record<string, unknown>>> {
  return "fields" in kind;
}

/**
 * An object that can only be set in code.
 *
 * @param expected describes the object in error messages
 * @param member a member by which to recognise it: `instanceof` fails where an app has loaded CDK twice
 */
export function object<Value extends object>(expected: string, member: keyof Value): Kind<Value> {
  const matches = (value: unknown) => typeof value === "object" && value !== null && member in value;
  return { findProblem: (value) => (matches(value) ? undefined : `expected ${expected}`) };
}

/**
 * An object that the command line chooses by name. Code may also use other objects.
 *
 * @param named the objects by name
 * @param member a member by which to recognise such an object
 */
export function namedObject<Value extends object>(
  named: Readonly<Record<string, Value>>,
  member: keyof Value,
): Kind<Value> {
  return { parse: (text) => named[text], ...object(Object.keys(named).join(" or "), member) };
}

/** The method that converts a duration to a unit. */
const CONVERSIONS = { seconds: "toSeconds", hours: "toHours", days: "toDays" } as const;

/**
 * A duration.
 *
 * @param unit the unit in which it is checked
 * @param kind what is valid in that unit
 * @param typedUnit the unit of the whole number on the command line
 */
export function duration(
  unit: keyof typeof CONVERSIONS,
  kind: Kind<number>,
  typedUnit: keyof typeof CONVERSIONS = unit,
): Kind<Duration> {
  const typedKind = typedUnit === unit ? kind : wholeNumber(typedUnit);
  return {
    parse(text) {
      const amount = typedKind.parse?.(text);
      return amount === undefined ? undefined : Duration[typedUnit](amount);
    },
    findProblem: (value) =>
      isDuration(value)
        ? kind.findProblem(value[CONVERSIONS[unit]]({ integral: false }))
        : typedKind.findProblem(value),
  };
}

/** Recognises a duration, even one from a second copy of CDK. */
export function isDuration(value: unknown): value is Duration {
  return typeof value === "object" && value !== null && "toSeconds" in value;
}
