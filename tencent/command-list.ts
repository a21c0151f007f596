import { COMMAND_NAME } from "./commands.ts";

/** A list of commands, families such as `C2C.*`, and `*` for all. */
export interface CommandList {
  /** Whether a command itself is listed. */
  names(command: string): boolean;
  /** Whether a command, its family or `*` is listed. */
  includes(command: string): boolean;
}

const FAMILY_NAME = /^(?:\w{1,60}\.)?\*$/;

/**
 * Creates a list of commands. Undocumented commands are allowed: Tencent adds new ones.
 *
 * @param names commands, families such as `C2C.*`, or `*` for all
 * @throws {RangeError} naming the first malformed name
 */
export function createCommandList(names: readonly string[]): CommandList {
  const malformed = names.find((name) => !COMMAND_NAME.test(name) && !FAMILY_NAME.test(name));
  if (malformed !== undefined) {
    throw new RangeError(
      `${malformed === "" ? "an empty name" : `'${malformed}'`} is neither a command, such as C2C.CallbackAfterSendMsg, nor a family, such as C2C.*, nor *`,
    );
  }
  // `*` is the family with the empty prefix.
  const prefixes = names.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  const isNamed = (command: string) => names.includes(command);
  return {
    names: isNamed,
    includes: (command) => isNamed(command) || prefixes.some((prefix) => command.startsWith(prefix)),
  };
}
