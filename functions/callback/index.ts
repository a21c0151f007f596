import { createForwarding } from "../../events/forwarding.ts";
import { readSignature } from "../../tencent/authenticate.ts";
import { type Reply, replyUnavailable } from "../../tencent/reply.ts";
import { type CallbackRequest, decodeRequest } from "../../tencent/request.ts";
import { EnvironmentError, readEnvironment } from "../environment.ts";
import type { Invocation } from "../invocation.ts";
import { leaveUnjudged } from "../judge-callback.ts";
import { explain, log } from "../log.ts";
import { takeReceipt } from "../receipt.ts";
import { RecoveryLog } from "../recovery-log.ts";
import { startUp } from "../start-up.ts";
import { CallbackHandler } from "./handle-callback.ts";
import { replyWithoutStoring } from "./reply-without-storing.ts";

/** Lambda's entry point. */
export const handler = await createHandler();

async function createHandler(): Promise<(invocation: Invocation) => Promise<Reply>> {
  try {
    const dependencies = await startUp(readEnvironment(process.env));
    const callbackHandler = new CallbackHandler({ ...dependencies, recoveryLog: new RecoveryLog() });
    return (invocation) => callbackHandler.handle(invocation);
  } catch (error) {
    log("ERROR", "the configuration is invalid", { error: explain(error) });
    return createUnconfiguredHandler(error);
  }
}

/** Handles callbacks while the configuration is invalid: logs those that may become events, so that none is lost. */
function createUnconfiguredHandler(cause: unknown): (invocation: Invocation) => Promise<Reply> {
  const recoveryLog = new RecoveryLog();
  const { sdkAppId, forward, authentication } = cause instanceof EnvironmentError ? cause.settings : {};
  // While the list is invalid, any callback may be on it.
  const forwarding = forward === undefined ? { has: () => true } : createForwarding(forward);
  return async (invocation) => {
    const { unixTime } = takeReceipt();
    try {
      const request = decodeRequest(invocation);
      const unjudged = leaveUnjudged(request, { sdkAppId, forwarding }, "the endpoint is not configured", cause);
      const isAcceptable = authentication === "none" || hasSignature(request);
      if (unjudged.mayBecomeEvent && isAcceptable) recoveryLog.request(request, unixTime, cause);
      return replyWithoutStoring(unjudged, unjudged.problem);
    } catch {
      // Not a callback: with a valid configuration it would be refused.
      return replyUnavailable("the endpoint is not configured");
    }
  };
}

function hasSignature(request: CallbackRequest): boolean {
  try {
    readSignature(request);
    return true;
  } catch {
    return false;
  }
}
