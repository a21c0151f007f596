import { MAX_BODY_BYTES, MAX_FORWARDED_BODY_BYTES } from "../tencent/callback.ts";
import { COMMAND_NAME, familyOf, isBeforeCallback, READ_REPORT_COMMAND } from "../tencent/commands.ts";

/** The commands whose callbacks become events in addition to the read report. */
export interface Forwarding {
  /**
   * Whether a command's callbacks become events.
   *
   * A before-callback's do only if the command itself is listed: users wait until its event is stored.
   */
  has(command: string): boolean;
}

/** Forwards only read reports. */
export const NO_FORWARDING: Forwarding = { has: () => false };

const FAMILY_NAME = /^(?:\w{1,60}\.)?\*$/;

/**
 * Parses a list of commands to forward, as {@link createForwarding} takes it.
 *
 * @param text names separated by commas, with optional white space around them
 * @throws {RangeError} naming the first malformed name
 */
export function parseForwarding(text: string): Forwarding {
  return createForwarding(text.split(",").map((name) => name.trim()));
}

/**
 * Creates a filter for the commands to forward. Undocumented commands are allowed: Tencent adds new ones.
 *
 * @param names commands, families such as `C2C.*`, or `*` for all
 * @throws {RangeError} naming the first malformed name
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
 * The largest body that a callback may have, in bytes. It is larger for a forwarded callback.
 *
 * @param command the query's `CallbackCommand`, as the body has not been parsed yet
 */
export function maxBodyBytes(command: string | undefined, forwarding: Forwarding): number {
  return command && command !== READ_REPORT_COMMAND && forwarding.has(command)
    ? MAX_FORWARDED_BODY_BYTES
    : MAX_BODY_BYTES;
}
