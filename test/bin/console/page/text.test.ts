import { expect, test } from "vitest";
import { urlOf } from "../../../../bin/console/page/api.ts";
import { indentJson } from "../../../../bin/console/page/indent-json.ts";
import { callbackHref, parseRoute } from "../../../../bin/console/page/route.ts";
import { splitHidden } from "../../../../bin/console/page/visible-text.ts";
import { count, formatOffset, formatTime } from "../../../../bin/console/page/words.ts";

test.each([
  ["plain text", "alice <img src=x>", "alice <img src=x>"],
  ["a right-to-left override", "a\u202Egnp.exe", "a[U+202E]gnp.exe"],
  ["isolates and marks", "\u2066a\u2069\u200F", "[U+2066]a[U+2069][U+200F]"],
  ["invisible characters", "al\u200Bice\uFEFF\u00AD", "al[U+200B]ice[U+FEFF][U+00AD]"],
  ["a joiner between letters", "a\u200Db", "a[U+200D]b"],
  ["control characters, but no line breaks and tabs", "\u0000\u001B\u0085\n\t", "[U+0000][U+001B][U+0085]\n\t"],
  ["separators of lines", "a\u2028b", "a[U+2028]b"],
  ["half a surrogate pair", "\uD800", "[U+D800]"],
  ["scripts, combining marks and emoji as they are", "用户 مستخدم e\u0301 👩\u200D👧 ❤\uFE0F\u200D🔥", undefined],
])("Shows %s", (_, text, shown = text) => {
  expect(
    splitHidden(text)
      .map((piece) => (piece.isHidden ? `[${piece.text}]` : piece.text))
      .join(""),
  ).toBe(shown);
});

test.each([
  ['{"a":1,"b":[true,{"c":null}]}', '{\n  "a": 1,\n  "b": [\n    true,\n    {\n      "c": null\n    }\n  ]\n}'],
  ['{ "empty" : { } , "list":[ ]}', '{\n  "empty": {},\n  "list": []\n}'],
  ['{"n":12345678901234567890,"n":1.0}', '{\n  "n": 12345678901234567890,\n  "n": 1.0\n}'],
  ['"a{\\"b\\":[1,2]"', '"a{\\"b\\":[1,2]"'],
  ["{'a'}", undefined],
  ["", undefined],
])("Indents %s without changing a token", (json, indented) => {
  expect(indentJson(json)).toBe(indented);
});

test.each([
  ["", { tab: "send" }],
  ["#/break", { tab: "break" }],
  ["#/queues/standby-dead-letters", { tab: "queues", queue: "standby-dead-letters" }],
  ["#/queues/elsewhere", { tab: "queues" }],
  ["#/elsewhere", { tab: "send" }],
  ["#/callbacks/a%20b", { tab: "send", callback: "a b" }],
  ["#/callbacks/%", { tab: "send", callback: "%" }],
])("The fragment %s opens %o", (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
});

test("A callback's URL leads back to it", () => {
  expect(parseRoute(callbackHref("a/b%c"))).toEqual({ tab: "send", callback: "a/b%c" });
});

test.each([
  ["/api/callbacks/:id", { id: "a/b" }, "/api/callbacks/a%2Fb"],
  ["/api/sample", { command: "C2C.X", shape: "a b&c" }, "/api/sample?command=C2C.X&shape=a+b%26c"],
  ["/api/queues/:id/fail", { id: "standby" }, "/api/queues/standby/fail"],
])("The path %s with %o is %s", (path, parameters, url) => {
  expect(urlOf(path, parameters)).toBe(url);
});

test.each([
  [0, "+0 ms"],
  [999.4, "+999 ms"],
  [2100, "+2.1 s"],
  [65_300, "+1 min 5 s"],
  [-3, "+0 ms"],
])("%d ms later reads %s", (milliseconds, text) => {
  expect(formatOffset(milliseconds)).toBe(text);
});

test("Counts with separators and the right number", () => {
  expect([count(0, "row"), count(1, "row"), count(1200, "row")]).toEqual(["0 rows", "1 row", "1,200 rows"]);
});

test("Shows a local time to the millisecond", () => {
  expect(formatTime(new Date(2026, 0, 2, 3, 4, 5, 6).getTime())).toBe("03:04:05.006");
});
