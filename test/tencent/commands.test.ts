import { describe, expect, test } from "vitest";
import { DOCUMENTED_CALLBACKS } from "../../local/documented-callbacks.ts";
import {
  COMMAND_NAME,
  COMMANDS,
  commandPage,
  type DocumentedCommand,
  isBeforeCallback,
  orderingUnit,
} from "../../tencent/commands.ts";

const NAMES = Object.keys(COMMANDS);

describe("The table of commands", () => {
  test("lists exactly the commands in test/fixtures/callbacks.jsonl", () => {
    const shown = new Set(DOCUMENTED_CALLBACKS.map(({ command }) => command));
    expect(
      NAMES.filter((name) => !shown.has(name)),
      "commands without a shape",
    ).toEqual([]);
    expect(
      [...shown].filter((name) => !NAMES.includes(name)),
      "shapes without a command",
    ).toEqual([]);
  });

  test("has a well-formed name and a separate documentation page for each command", () => {
    for (const name of NAMES) expect(name).toMatch(COMMAND_NAME);
    const pages = NAMES.map(commandPage);
    expect(new Set(pages).size).toBe(NAMES.length);
    for (const page of pages) {
      expect(page).toMatch(
        /^https:\/\/(www\.tencentcloud\.com\/document\/product\/1047|cloud\.tencent\.com\/document\/product\/269)\/\d+$/,
      );
    }
  });

  test("marks before-callbacks consistently with their names, by which undocumented ones are recognised", () => {
    for (const name of NAMES) {
      expect(isBeforeCallback(name), name).toBe(COMMANDS[name as DocumentedCommand].kind === "before");
      expect(isBeforeCallback(`${name}2`), name).toBe(isBeforeCallback(name));
    }
    for (const name of [
      "Live.CallbackBeforeSendGift",
      "New.beforeSend",
      "New.Callback_Before2",
      "New.CallbackPrevAll",
      "New.PreSend",
    ]) {
      expect(isBeforeCallback(name), name).toBe(true);
    }
    for (const name of ["New.CallbackAfterPreview", "New.CallbackPrepare", "Before.CallbackAfterAll", "constructor"]) {
      expect(isBeforeCallback(name), name).toBe(false);
    }
  });
});

describe("The ordering unit", () => {
  test.each([
    ["C2C.CallbackAfterSendMsg", { From_Account: "bob", To_Account: "alice" }, ["conversation", "alice", "bob"]],
    ["C2C.CallbackAfterMsgWithDraw", { From_Account: "alice", To_Account: "bob" }, ["conversation", "alice", "bob"]],
    ["C2C.CallbackAfterMsgReadReceipt", { Operator_Account: "b", Peer_Account: "a" }, ["conversation", "a", "b"]],
    ["Bot.OnC2CMessage", { From_Account: "alice", To_Account: "@RBT#1" }, ["conversation", "@RBT#1", "alice"]],
    ["Group.CallbackAfterSendMsg", { GroupId: "g", TopicId: "t", From_Account: "a" }, ["group", "g"]],
    ["Bot.OnGroupMessage", { GroupId: "g" }, ["group", "g"]],
    ["OfficialAccount.CallbackAfterSendMsg", { Official_Account: "news" }, ["official account", "news"]],
    ["State.StateChange", { Info: { To_Account: "alice", Action: "Login" } }, ["account", "alice"]],
    ["Sns.CallbackFriendAdd", { PairList: [{ From_Account: "a" }, { From_Account: "b" }] }, ["account", "a"]],
    ["Follow.CallbackAfterFollowDelete", { From_Account: "a", To_Account: ["b", "c"] }, ["account", "a"]],
    ["C2C.CallbackAfterMsgReport", { Report_Account: "b", Peer_Account: "a" }, ["read", "b", "a"]],
    ["Push.OfflinePush", { Events: [{ To_Account: "a" }] }, undefined],
    ["Push.AllMemberPush", { Events: [{ To_Account: "a" }] }, undefined],
    ["Alert.RequestOverLimit", { Command: "sendmsg" }, undefined],
    ["Group.CallbackOnDailyGroupQuotaAlarm", { GroupId: "g" }, undefined],
    ["New.CallbackAfterAll", { GroupId: "g" }, ["command", "New.CallbackAfterAll"]],
  ])("of %s with the body %j is %j", (command, data, unit) => {
    expect(orderingUnit(command, data)).toEqual(unit);
  });

  test.each([
    ["is missing", {}],
    ["is empty", { GroupId: "" }],
    ["is not a string", { GroupId: 5 }],
    ["is an object", { GroupId: { toString: "x" } }],
  ])("is the command if the field that names the unit %s", (_how, data) => {
    expect(orderingUnit("Group.CallbackAfterSendMsg", data)).toEqual(["command", "Group.CallbackAfterSendMsg"]);
  });

  test("consists of the fields that are present, or of the command if there are none", () => {
    expect(orderingUnit("C2C.CallbackAfterSendMsg", { From_Account: "alice" })).toEqual(["conversation", "alice"]);
    expect(orderingUnit("State.StateChange", { Info: null })).toEqual(["command", "State.StateChange"]);
  });

  test("has the name from the table for every documented shape", () => {
    for (const { command, shape, body } of DOCUMENTED_CALLBACKS) {
      const [unit] = orderingUnit(command, body) ?? [];
      expect(unit, `${command}: ${shape}`).toBe(COMMANDS[command as DocumentedCommand].orderedBy?.name);
    }
  });
});
