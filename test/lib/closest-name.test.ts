import { expect, test } from "vitest";
import { closestName } from "../../lib/closest-name.ts";
import { explainUndocumented } from "../../lib/undocumented-commands.ts";

test.each([
  ["urll", "url"],
  ["nam", "name"],
  ["queue-ulr", "queue-url"],
  ["clockskewSeconds", "clockSkewSeconds"],
  ["URL", "url"],
  ["url", "url"],
  ["x", undefined],
  ["ab", undefined],
  ["colour", undefined],
  ["", undefined],
])("'%s' was meant to be %s", (misspelt, expected) => {
  expect(closestName(misspelt, ["url", "name", "queue-url", "clockSkewSeconds"])).toBe(expected);
});

test.each([
  ["C2C.CallbackAfterSendMsgs", "; did you mean C2C.CallbackAfterSendMsg? It is used as written"],
  ["Foo.Bar", ". It is used as written"],
  ["Grup.*", "; did you mean Group.*? It is used as written"],
  ["Foo.*", ". It is used as written"],
])("An undocumented %s has a suggestion only if one is near", (name, rest) => {
  expect(explainUndocumented([name])).toEqual([`Tencent does not document '${name}'${rest}`]);
});
