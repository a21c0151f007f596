import { type Forwarding, NO_FORWARDING, parseForwarding } from "../../events/forwarding.ts";
import { type Reply, replyUnavailable } from "../../tencent/reply.ts";
import { decodeRequest } from "../../tencent/request.ts";
import { type EnvironmentVariables, readEnvironment } from "../environment.ts";
import type { Invocation } from "../invocation.ts";
import { type Expectations, leaveUnjudged } from "../judge-callback.ts";
import { explain, log } from "../log.ts";
import { takeReceipt } from "../receipt.ts";
import { RecoveryLog } from "../recovery-log.ts";
import { startUp } from "../start-up.ts";
import { CallbackHandler, replyUnjudged } from "./handle-callback.ts";

/** Lambda's entry point. */
export const handler = await createHandler();

async function createHandler(): Promise<(invocation: Invocation) => Promise<Reply>> {
  try {
    const callbackHandler = new CallbackHandler(await startUp(readEnvironment(process.env)));
    return (invocation) => callbackHandler.handle(invocation);
  } catch (error) {
    log("ERROR", "the configuration is invalid", { error: explain(error) });
    return createUnconfiguredHandler(error);
  }
}

/** Handles callbacks while the configuration is invalid: logs those that may become events, so that none is lost. */
function createUnconfiguredHandler(cause: unknown): (invocation: Invocation) => Promise<Reply> {
  const recoveryLog = new RecoveryLog();
  const expected = guessExpectations(process.env);
  return async (invocation) => {
    const { unixTime } = takeReceipt();
    try {
      const request = decodeRequest(invocation);
      const unjudged = leaveUnjudged(request, expected, "the endpoint is not configured", cause);
      if (unjudged.mayBecomeEvent) recoveryLog.request(request, unixTime, cause);
      return replyUnjudged(unjudged);
    } catch {
      // Not a callback: with a valid configuration it would be refused.
      return replyUnavailable("the endpoint is not configured");
    }
  };
}

/** The configuration as far as it can be read while parts of it are invalid. */
function guessExpectations(variables: Readonly<Partial<EnvironmentVariables>>): Expectations {
  return {
    sdkAppId: variables.SDK_APP_ID?.trim() || undefined,
    forwarding: guessForwarding(variables.FORWARD),
    isSignatureRequired: variables.AUTHENTICATION?.trim() !== "none",
  };
}

function guessForwarding(names: string | undefined): Forwarding {
  try {
    return names?.trim() ? parseForwarding(names) : NO_FORWARDING;
  } catch {
    return { has: () => true };
  }
}
