import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { replaceString, scanJson } from "../../../../bin/console/page/panels/json-text.ts";
import { DOCUMENTED_CALLBACKS } from "../../../../local/documented-callbacks.ts";

const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("scanJson", () => {
  test.each([
    ['{"a": 1\n "b": 2}', "2:2", "expected a comma or }, found '\"'"],
    ['{"a": Report}', "1:7", "expected a value, found 'Report'"],
    ['{"a": 01}', "1:7", "expected a value, found '01'"],
    ['{"a": 1,}', "1:9", "expected a name, found '}'"],
    ["[1, 2}", "1:6", "expected a comma or ], found '}'"],
    ["{a: 1}", "1:2", "expected a name or }, found 'a'"],
    ['{"a" 1}', "1:6", "expected a colon, found '1'"],
    ["{'a': 1}", "1:2", "expected a name or }, found '''"],
    ['{"a": "b', "1:7", "expected a value, found a string that has no end or a wrong \\"],
    ['{"a": "\\x"}', "1:7", "expected a value, found a string that has no end or a wrong \\"],
    ['{"a": [', "1:8", "expected a value or ], but the text ends"],
    ["", "1:1", "expected a value, but the text ends"],
    ["{} {}", "1:4", "expected the end, found '{'"],
    ["{}\n\n😀", "3:1", "expected the end, found '😀'"],
  ])("places the problem of %j at %s", (text, place, message) => {
    const { problem } = scanJson(text);
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
        expect(scanJson(changed).problem === undefined).toBe(isJson(changed));
      }),
    );
  });

  test("reads a text that is nested 100,000 deep", () => {
    expect(scanJson("[".repeat(100_000) + "]".repeat(100_000)).problem).toBeUndefined();
  });

  test("finds the strings of every documented body", () => {
    for (const { body } of DOCUMENTED_CALLBACKS) {
      const text = JSON.stringify(body, undefined, 2);
      const { strings, problem } = scanJson(text);
      expect(problem).toBeUndefined();
      for (const { path, value, start, end } of strings) {
        expect(JSON.parse(text.slice(start, end))).toBe(value);
        const reached = path
          .split(".")
          .reduce<unknown>((holder, key) => (holder as Record<string, unknown>)[key], body);
        expect(reached).toBe(value);
      }
    }
  });

  test("names the field that holds a string, also within a list", () => {
    const { strings } = scanJson('{"To_Account": ["a", "b"], "List": [{"From_Account": "c"}]}');
    expect(strings.map(({ path, field }) => [path, field])).toEqual([
      ["To_Account.0", "To_Account"],
      ["To_Account.1", "To_Account"],
      ["List.0.From_Account", "From_Account"],
    ]);
  });
});

test("replaceString changes one string and nothing else", () => {
  const text = '{ "a": 1.0, "a":12345678901234567890,\n"Peer_Account" : "bob" }';
  expect(replaceString(text, "Peer_Account", '"\n<b>')).toBe(text.replace('"bob"', '"\\"\\n<b>"'));
});
