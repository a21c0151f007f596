import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileEventPattern, type EventPattern } from "../../local/event-pattern.ts";

interface Case {
  readonly name: string;
  readonly pattern: EventPattern;
  readonly event: object;
  /** The answer of AWS's own rule engine, or `invalid` if it refuses the pattern. */
  readonly matches: boolean | "invalid";
}

const CASES = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/event-pattern-cases.json"), "utf8"),
) as Case[];

/** Operators that this project's rules don't need. */
const UNKNOWN = /"(suffix|equals-ignore-case|wildcard|numeric|cidr|\$or)":/;

const known = CASES.filter(({ pattern }) => !UNKNOWN.test(JSON.stringify(pattern)));
const unknown = CASES.filter(({ pattern }) => UNKNOWN.test(JSON.stringify(pattern)));

describe("An event pattern answers as AWS's rule engine does", () => {
  test.each(known.filter(({ matches }) => matches !== "invalid"))(
    "$name: $pattern, $event",
    ({ pattern, event, matches }) => {
      expect(compileEventPattern(pattern)(event)).toBe(matches);
    },
  );
});

describe("An event pattern is refused", () => {
  test.each(known.filter(({ matches }) => matches === "invalid"))(
    "as AWS refuses it: $name: $pattern",
    ({ pattern }) => {
      expect(() => compileEventPattern(pattern)).toThrow(/event pattern/);
    },
  );

  test.each(unknown)("for its operator, by name: $name: $pattern", ({ pattern }) => {
    const [, operator] = UNKNOWN.exec(JSON.stringify(pattern)) ?? [];
    expect(() => compileEventPattern(pattern)).toThrow(`The local bus does not know the`);
    expect(() => compileEventPattern(pattern)).toThrow(operator);
  });
});
