import { Console } from "../../bin/console/console.ts";
import { Journal } from "../../bin/console/journal.ts";
import type { StoryState } from "../../bin/console/protocol.ts";
import { startConsole } from "../../bin/console/server.ts";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { Faults } from "../../local/faults.ts";
import { startLocalSystem } from "../../local/local-system.ts";
import { SDK_APP_ID } from "./callbacks.ts";

/** Unlike any text that a page could have for another reason. */
export const CONSOLE_TOKEN = "token-that-no-page-may-contain";

/** Runs the local system, observed as the console observes it. */
async function startObservedSystem(props: Partial<TencentChatEventsProps>) {
  const settings = { sdkAppId: SDK_APP_ID, forward: [], relayUrl: props.relayUrl };
  const faults = new Faults();
  const journal = new Journal(settings);
  const system = await startLocalSystem({ ...settings, ...props, port: 0, token: CONSOLE_TOKEN, faults }, journal);
  return { ...settings, faults, journal, system };
}

/** Runs the local system with the console in front of it. */
export async function startConsoleSystem(props: Partial<TencentChatEventsProps> = {}) {
  const observed = await startObservedSystem(props);
  const { url, close } = await startConsole({ ...observed, port: 0 });
  const { system } = observed;
  return {
    url,
    callbackUrl: system.outputs["CallbackUrl"] ?? "",
    async close() {
      await close();
      await system.close();
    },
  };
}

/** Runs the local system for stories. */
export async function startStorySystem(props: Partial<TencentChatEventsProps> = {}) {
  const observed = await startObservedSystem(props);
  observed.journal.attach(observed.system);
  let onChange = () => {};
  const { stories } = new Console(observed, () => onChange());
  return {
    /** Runs a story to its end. */
    tell: (id: string) =>
      new Promise<StoryState | undefined>((resolve) => {
        onChange = () => {
          const state = stories.states.find((story) => story.id === id);
          if (state?.status !== "running") resolve(state);
        };
        stories.start(id);
      }),
    [Symbol.asyncDispose]: () => observed.system.close(),
  };
}
