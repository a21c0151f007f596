import { MAX_BODY_BYTES, MAX_FORWARDED_BODY_BYTES } from "../tencent/callback.ts";
import { COMMAND_NAME, familyOf, isBeforeCallback, READ_REPORT_COMMAND } from "../tencent/commands.ts";

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
 * Reads what is to be forwarded, as {@link createForwarding} takes it.
 *
 * @param text names separated by commas, with or without white space around them
 * @throws {RangeError} naming the first one that is malformed
 */
export function parseForwarding(text: string): Forwarding {
  return createForwarding(text.split(",").map((name) => name.trim()));
}

/**
 * Makes what tells which callbacks are forwarded. A command that Tencent does not document is none the worse for it: new
 * ones come.
 *
 * @param names commands, families such as `C2C.*`, or `*` for all
 * @throws {RangeError} naming the first one that is malformed
 */
export function createForwarding(names: readonly string[]): Forwarding {
  const malformed = names.find((name) => !COMMAND_NAME.test(name) && !FAMILY_NAME.test(name));
  if (malformed !== undefined) {
    throw new RangeError(
      `${malformed === "" ? "an empty name" : `'${malformed}'`} is neither a command, such as C2C.CallbackAfterSendMsg, nor a family, such as C2C.*, nor *`,
    );
  }
  const has = (name: string) => names.includes(name);
  return {
    has: (command) =>
      COMMAND_NAME.test(command) &&
      (has(command) || (!isBeforeCallback(command) && (has("*") || has(`${familyOf(command)}.*`)))),
  };
}

/**
 * How many bytes a callback's body may have: more if it is forwarded.
 *
 * @param command the query's `CallbackCommand`; the body has not been parsed yet
 */
export function maxBodyBytes(command: string | undefined, forwarding: Forwarding): number {
  return command && command !== READ_REPORT_COMMAND && forwarding.has(command)
    ? MAX_FORWARDED_BODY_BYTES
    : MAX_BODY_BYTES;
}
