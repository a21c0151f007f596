import { describe, expect, test } from "vitest";
import { setField } from "../../../bin/send/set-field.ts";

const BODY = {
  Account: "alice",
  Count: 1,
  Info: { To_Account: "a" },
  List: [{ Key: "x" }, { Key: "y" }],
  Nothing: null,
};

function set(assignment: string, body: Readonly<Record<string, unknown>> = BODY) {
  const warnings: string[] = [];
  return { json: JSON.stringify(setField(body, assignment, (line) => warnings.push(line))), warnings };
}

const withChange = (change: object) => JSON.stringify({ ...BODY, ...change });

describe("--set", () => {
  test.each([
    ["keeps text in a field that holds text", "Account=5", { Account: "5" }],
    ["takes everything after the first =", "Account=a=b\n", { Account: "a=b\n" }],
    ["empties a text", "Account=", { Account: "" }],
    ["puts JSON into any other field", "Count=2", { Count: 2 }],
    ["puts an object there as well", 'Count={"a":[true,null]}', { Count: { a: [true, null] } }],
    ["takes a text in quotes for JSON", 'Count="2"', { Count: "2" }],
    ["puts text into any other field if it is not JSON", "Count=two", { Count: "two" }],
    ["replaces null", "Nothing=0", { Nothing: 0 }],
    ["descends into an object", "Info.To_Account=bob", { Info: { To_Account: "bob" } }],
    ["descends into a list", "List.1.Key=z", { List: [{ Key: "x" }, { Key: "z" }] }],
    ["adds to a list", 'List.2={"Key":"z"}', { List: [{ Key: "x" }, { Key: "y" }, { Key: "z" }] }],
    ["adds a field", "Brand_New.Deep=1", { Brand_New: { Deep: 1 } }],
    ["adds a field whose name every object inherits", "constructor=1", { constructor: 1 }],
  ])("%s: %j", (_what, assignment, change) => {
    expect(set(assignment)).toEqual({ json: withChange(change), warnings: [] });
  });

  test("keeps each digit of a number", () => {
    expect(set("Count=12345678901234567890").json).toContain('"Count":12345678901234567890,');
    expect(set("Count=1.0").json).toContain('"Count":1.0,');
  });

  test("adds a field with the name __proto__ like any other", () => {
    expect(set("__proto__.polluted=1", {}).json).toBe('{"__proto__":{"polluted":1}}');
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  test("leaves the body as it was", () => {
    const before = JSON.stringify(BODY);
    set("Info.To_Account=bob");
    expect(JSON.stringify(BODY)).toBe(before);
  });

  test("adds a field that resembles another one, and asks about it", () => {
    expect(set("Info.To_Acount=bob")).toEqual({
      json: withChange({ Info: { To_Account: "a", To_Acount: "bob" } }),
      warnings: ["--set: the field 'To_Acount' is new; did you mean To_Account?"],
    });
  });

  test.each([
    ["Account", "--set is 'Account': expected Field=value, such as From_Account=alice"],
    ["=5", "--set is '=5': expected Field=value, such as From_Account=alice"],
    ["Account.x=1", "--set Account.x: 'x' leads nowhere, because the field before it holds no object or list"],
    ["Nothing.x=1", "--set Nothing.x: 'x' leads nowhere, because the field before it holds no object or list"],
    ["List.3=1", "--set List.3: '3' is not in the list: expected a position from 0 to 2"],
    ["List.Key=1", "--set List.Key: 'Key' is not in the list: expected a position from 0 to 2"],
  ])("refuses %j", (assignment, message) => {
    expect(() => set(assignment)).toThrow(message);
  });
});
