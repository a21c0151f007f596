import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findJsonProblem } from "../../../bin/console/find-json-problem.ts";

const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("findJsonProblem", () => {
  test.each([
    ['{"a": 1\n "b": 2}', "2:2", "expected a comma or }, but found '\"'"],
    ['{"a": Report}', "1:7", "expected a value, but found 'Report'"],
    ['{"a": 01}', "1:7", "expected a value, but found '01'"],
    ['{"a": 1,}', "1:9", "expected a name, but found '}'"],
    ["[1, 2}", "1:6", "expected a comma or ], but found '}'"],
    ["{a: 1}", "1:2", "expected a name or }, but found 'a'"],
    ['{"a" 1}', "1:6", "expected a colon, but found '1'"],
    ["{'a': 1}", "1:2", "expected a name or }, but found '''"],
    ['{"a": "b', "1:7", "expected a value, but found a string that has no end or a wrong \\"],
    ['{"a": "\\x"}', "1:7", "expected a value, but found a string that has no end or a wrong \\"],
    ['{"a": [', "1:8", "expected a value or ], but the text ends"],
    ["", "1:1", "expected a value, but the text ends"],
    ["{} {}", "1:4", "expected the end, but found '{'"],
    ["{}\n\n😀", "3:1", "expected the end, but found '😀'"],
  ])("places the problem of %j at %s", (text, place, message) => {
    const problem = findJsonProblem(text);
    expect(`${problem?.line}:${problem?.column}`).toBe(place);
    expect(problem?.message).toBe(message);
  });

  test("accepts the texts that JSON.parse accepts, and no others", () => {
    const json = fc.json({ maxDepth: 4 });
    const damaged = fc.tuple(
      json,
      fc.nat(),
      fc.nat(3),
      fc.constantFrom("", ",", '"', "}", "]", "1", "\\", "\u0001", " ", "\u2028"),
    );
    fc.assert(
      fc.property(damaged, ([text, at, removed, inserted]) => {
        const start = at % (text.length + 1);
        const changed = text.slice(0, start) + inserted + text.slice(start + removed);
        expect(findJsonProblem(changed) === undefined).toBe(isJson(changed));
      }),
    );
  });

  test("reads a text that is nested 100,000 deep", () => {
    expect(findJsonProblem("[".repeat(100_000) + "]".repeat(100_000))).toBeUndefined();
  });
});
