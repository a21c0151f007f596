import { describe, expect, test } from "vitest";
import { NO_FORWARDING, parseForwarding } from "../../events/forwarding.ts";
import { COMMANDS } from "../../tencent/commands.ts";
import { BEFORE_COMMANDS } from "../support/before-commands.ts";

const forwardedBy = (names: string) => Object.keys(COMMANDS).filter((command) => parseForwarding(names).has(command));
const AFTER_COMMANDS = Object.keys(COMMANDS).filter((command) => !BEFORE_COMMANDS.includes(command));

describe("The forwarded commands", () => {
  test("are none by default", () => {
    expect(Object.keys(COMMANDS).filter((command) => NO_FORWARDING.has(command))).toEqual([]);
  });

  test("are those on the list", () => {
    expect(forwardedBy(" C2C.CallbackAfterSendMsg ,State.StateChange")).toEqual([
      "State.StateChange",
      "C2C.CallbackAfterSendMsg",
    ]);
  });

  test("of a family are all but its before-callbacks", () => {
    expect(forwardedBy("C2C.*")).toEqual(AFTER_COMMANDS.filter((command) => command.startsWith("C2C.")));
    expect(parseForwarding("C2C.*").has("C2C.CallbackAfterSomethingNew")).toBe(true);
    expect(parseForwarding("C2C.*").has("C2C.CallbackBeforeSomethingNew")).toBe(false);
  });

  test("of the wildcard are all but before-callbacks", () => {
    expect(forwardedBy("*")).toEqual(AFTER_COMMANDS);
    expect(parseForwarding("*").has("New.CallbackAfterAll")).toBe(true);
    expect(parseForwarding("*").has("Live.CallbackBeforeSendGift")).toBe(false);
  });

  test.each(BEFORE_COMMANDS)("include the before-callback %s if the list names it", (command) => {
    expect(forwardedBy(`*,${command}`)).toContain(command);
  });

  test.each(["*", "C2C.*", "C2C", "C2C.", ".x", "a.b.c", "C2C.Send Msg", "", "群.消息", `C2C.${"x".repeat(61)}`])(
    "never include %j, which is not a command",
    (command) => {
      expect(parseForwarding("*,C2C.*").has(command)).toBe(false);
    },
  );

  test.each([
    ["C2C.CallbackAfterSendMsg", "c2c.callbackaftersendmsg"],
    ["c2c.callbackaftersendmsg", "C2C.CallbackAfterSendMsg"],
    ["C2C.CallbackAfterSendMsg", "C2C.CallbackAfterSendMsgs"],
    ["C2C.*", "c2c.CallbackAfterSendMsg"],
    ["c2c.*", "C2C.CallbackAfterSendMsg"],
    ["C2C.*", "C2CBot.CallbackAfterSendMsg"],
    ["C2C.*", "Group.C2C"],
  ])("of the list %j do not include %j, because names must match exactly", (names, command) => {
    expect(parseForwarding(names).has(command)).toBe(false);
  });
});

describe("A malformed list of commands is rejected", () => {
  test.each([
    ["C2C.CallbackAfter*", "'C2C.CallbackAfter*'"],
    ["C2C.*,Group", "'Group'"],
    ["C2C.*,,State.StateChange", "an empty name"],
    ["", "an empty name"],
    ["*.CallbackAfterSendMsg", "'*.CallbackAfterSendMsg'"],
    ["**", "'**'"],
    [".*", "'.*'"],
    [`C2C.*,${"x".repeat(61)}.*`, `'${"x".repeat(61)}.*'`],
    ["C2C.CallbackAfterSendMsg;Group.*", "'C2C.CallbackAfterSendMsg;Group.*'"],
    ["C2C:CallbackAfterSendMsg", "'C2C:CallbackAfterSendMsg'"],
    ["C2C.a.b", "'C2C.a.b'"],
    ["Group,C2C.*,State", "'Group'"],
  ])("if it is %j, naming %s", (names, malformed) => {
    expect(() => parseForwarding(names)).toThrow(
      `${malformed} is neither a command, such as C2C.CallbackAfterSendMsg, nor a family, such as C2C.*, nor *`,
    );
  });
});
