import { createCommandList } from "../tencent/command-list.ts";
import type { FunctionSettingValues } from "./settings.ts";

/** An existing handler, and the callbacks that it gets. */
export interface RelayTarget {
  readonly url: URL;
  /** Whether the handler gets a command's callbacks. */
  has(command: string): boolean;
}

/**
 * The handler that the settings name.
 *
 * @returns `undefined` if they name none
 */
export function createRelayTarget({
  relayUrl,
  relayCommands,
}: Partial<Pick<FunctionSettingValues, "relayUrl" | "relayCommands">>): RelayTarget | undefined {
  // The setting has a default, so no list means an invalid one, which may have named any command.
  return relayUrl === undefined
    ? undefined
    : { url: new URL(relayUrl), has: createCommandList(relayCommands ?? ["*"]).includes };
}
