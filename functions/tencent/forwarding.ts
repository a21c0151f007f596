import { COMMAND_NAME, familyOf, isBeforeCallback } from "./commands.ts";

/** The commands whose callbacks become events, beside the read report. */
export interface Forwarding {
  /**
   * Whether a command's callbacks become events.
   *
   * Those of a before-callback only do if it is named itself: users wait until such an event is stored.
   */
  has(command: string): boolean;
}

/** What forwards nothing but the read report. */
export const NO_FORWARDING: Forwarding = { has: () => false };

const FAMILY_NAME = /^(?:\w{1,60}\.)?\*$/;

/**
 * Reads what is to be forwarded. A command that Tencent does not document is none the worse for it: new ones come.
 *
 * @param names commands, families such as `C2C.*`, or `*` for all; separated by commas
 * @throws {RangeError} naming the first one that is malformed
 */
export function parseForwarding(names: string): Forwarding {
  const entries = new Set(names.split(",").map((name) => name.trim()));
  for (const entry of entries) {
    if (!COMMAND_NAME.test(entry) && !FAMILY_NAME.test(entry)) {
      throw new RangeError(
        `'${entry}' is neither a command, such as C2C.CallbackAfterSendMsg, nor a family, such as C2C.*, nor *`,
      );
    }
  }
  return {
    has: (command) =>
      COMMAND_NAME.test(command) &&
      (entries.has(command) ||
        (!isBeforeCallback(command) && (entries.has("*") || entries.has(`${familyOf(command)}.*`)))),
  };
}
