import { type Forwarding, NO_FORWARDING, parseForwarding } from "../../events/forwarding.ts";
import { type EnvironmentVariables, readEnvironment } from "../environment.ts";
import type { Invocation } from "../invocation.ts";
import { explain, log } from "../log.ts";
import { wire } from "../start-up.ts";
import { createHandler } from "./handle-callback.ts";
import { logUnverified } from "./parking.ts";
import { replyUnjudged } from "./reply-unjudged.ts";

/** Lambda's entry point. */
export const handler = await start();

async function start() {
  try {
    return createHandler(await wire(readEnvironment(process.env)));
  } catch (error) {
    log("ERROR", "the configuration is invalid", { error: explain(error) });
    const forwarding = guessForwarding(process.env["FORWARD" satisfies keyof EnvironmentVariables]);
    return async (invocation: Invocation) => {
      const message = "a callback was not processed: the configuration is invalid";
      logUnverified(message, invocation, Date.now(), error, forwarding);
      return replyUnjudged(invocation, "the endpoint is not configured");
    };
  }
}

/** What is to be forwarded, as far as it can be told while the rest of the configuration can't. */
function guessForwarding(names: string | undefined): Forwarding {
  try {
    return names?.trim() ? parseForwarding(names) : NO_FORWARDING;
  } catch {
    return { has: () => true };
  }
}
