import { describe, expect, test } from "vitest";
import { commandsOf, type Filter, filterRows } from "../../../../bin/console/page/filter-rows.ts";
import { windowOf } from "../../../../bin/console/page/window-of.ts";
import { callbackRow } from "../../../support/console-state.ts";

const ROWS = [
  callbackRow({ id: "read", accounts: ["alice", "bob"] }),
  callbackRow({ id: "refused", accounts: ["Alice2"], verdict: "refused" }),
  callbackRow({ id: "group", command: "Group.CallbackAfterSendMsg", accounts: ["bob"] }),
  callbackRow({ id: "nameless", command: "", accounts: [] }),
];

describe("The list", () => {
  test.each<[string, Filter, string[]]>([
    ["everything without a filter", {}, ["read", "refused", "group", "nameless"]],
    ["a verdict", { verdict: "refused" }, ["refused"]],
    ["a command", { command: "Group.CallbackAfterSendMsg" }, ["group"]],
    ["a part of an account, in any letter case", { account: "ALI" }, ["read", "refused"]],
    ["what all filters agree on", { verdict: "stored", account: "bob", command: ROWS[0]?.command }, ["read"]],
  ])("shows %s", (_, filter, ids) => {
    expect(filterRows(ROWS, filter).map(({ id }) => id)).toEqual(ids);
  });

  test("offers each command that it has seen once, in alphabetical order", () => {
    expect(commandsOf(ROWS)).toEqual(["C2C.CallbackAfterMsgReport", "Group.CallbackAfterSendMsg"]);
  });

  test.each([
    ["at the top", { top: 0, rows: 20_000 }, { first: 0, last: 18 }],
    ["in the middle", { top: 3400, rows: 20_000 }, { first: 92, last: 118 }],
    ["at the end", { top: 20_000 * 34 - 340, rows: 20_000 }, { first: 19_982, last: 20_000 }],
    ["after a filter has left few rows", { top: 3400, rows: 5 }, { first: 5, last: 5 }],
    ["without rows", { top: 0, rows: 0 }, { first: 0, last: 0 }],
  ])("renders the rows in view and eight beyond, %s", (_, { top, rows }, range) => {
    expect(windowOf({ top, height: 340, rowHeight: 34 }, rows)).toEqual(range);
  });
});
