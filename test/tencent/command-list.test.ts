import { describe, expect, test } from "vitest";
import { createCommandList } from "../../tencent/command-list.ts";

describe("A list of commands", () => {
  test.each<[list: string, command: string, isNamed: boolean, isIncluded: boolean]>([
    ["C2C.CallbackBeforeSendMsg", "C2C.CallbackBeforeSendMsg", true, true],
    ["C2C.CallbackBeforeSendMsg", "C2C.CallbackBeforeSendMsg2", false, false],
    ["C2C.CallbackBeforeSendMsg", "c2c.callbackbeforesendmsg", false, false],
    ["C2C.*", "C2C.CallbackBeforeSendMsg", false, true],
    ["C2C.*", "C2C.New", false, true],
    ["C2C.*", "C2C2.CallbackBeforeSendMsg", false, false],
    ["C2C.*", "C2C", false, false],
    ["*", "C2C.CallbackBeforeSendMsg", false, true],
    ["*", "no command at all", false, true],
    ["*", "", false, true],
    ["Group.*,State.StateChange", "State.StateChange", true, true],
    ["Group.*,State.StateChange", "", false, false],
  ])("'%s' and '%s': named %s, included %s", (list, command, isNamed, isIncluded) => {
    const { names, includes } = createCommandList(list.split(","));
    expect([names(command), includes(command)]).toEqual([isNamed, isIncluded]);
  });

  test("may be empty", () => {
    const { names, includes } = createCommandList([]);
    expect([names("C2C.New"), includes("C2C.New")]).toEqual([false, false]);
  });
});
