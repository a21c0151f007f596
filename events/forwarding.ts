import { MAX_BODY_BYTES, MAX_FORWARDED_BODY_BYTES } from "../tencent/callback.ts";
import { createCommandList } from "../tencent/command-list.ts";
import { COMMAND_NAME, isBeforeCallback, READ_REPORT_COMMAND } from "../tencent/commands.ts";

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
 * Creates a filter for the commands to forward.
 *
 * @param names commands, families such as `C2C.*`, or `*` for all, as {@link createCommandList} takes them
 * @throws {RangeError} naming the first malformed name
 */
export function createForwarding(names: readonly string[]): Forwarding {
  const list = createCommandList(names);
  return {
    has: (command) =>
      COMMAND_NAME.test(command) && (list.names(command) || (!isBeforeCallback(command) && list.includes(command))),
  };
}

/**
 * The largest body that a callback may have, in bytes. It is larger for a callback that is forwarded or relayed.
 *
 * @param command the query's `CallbackCommand`, as the body has not been parsed yet
 * @param relaying the commands whose callbacks an existing handler gets
 */
export function maxBodyBytes(
  command: string | undefined,
  forwarding: Forwarding,
  relaying?: Pick<Forwarding, "has">,
): number {
  return command && command !== READ_REPORT_COMMAND && (forwarding.has(command) || relaying?.has(command))
    ? MAX_FORWARDED_BODY_BYTES
    : MAX_BODY_BYTES;
}
