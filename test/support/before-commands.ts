import { COMMANDS } from "../../tencent/commands.ts";

/** The commands that ask whether something may happen. */
export const BEFORE_COMMANDS = Object.entries(COMMANDS)
  .filter(([, { kind }]) => kind === "before")
  .map(([command]) => command);
