import { readEnvironment } from "../environment.ts";
import type { Invocation } from "../invocation.ts";
import { explain, log } from "../log.ts";
import { wire } from "../wire.ts";
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
    return async (invocation: Invocation) => {
      const message = "a callback was not processed: the configuration is invalid";
      // Nobody knows what was to be forwarded.
      logUnverified(message, invocation, Date.now(), error, { has: () => true });
      return replyUnjudged(invocation, "the endpoint is not configured");
    };
  }
}
