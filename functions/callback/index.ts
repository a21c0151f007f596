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
import { createRelayTarget } from "../relay-target.ts";
import { startUp, WARM_UP_MS } from "../start-up.ts";
import { CallbackHandler } from "./handle-callback.ts";
import { Relay } from "./relay.ts";
import { replyWithoutStoring } from "./reply-without-storing.ts";

/** Lambda's entry point. */
export const handler = await createHandler();

async function createHandler(): Promise<(invocation: Invocation) => Promise<Reply>> {
  try {
    const environment = readEnvironment(process.env);
    const target = createRelayTarget(environment);
    const relay = target && new Relay(target);
    const [dependencies] = await Promise.all([startUp(environment), relay?.connect(WARM_UP_MS)]);
    const callbackHandler = new CallbackHandler({
      ...dependencies,
      environment: { ...environment, existingHandler: target },
      recoveryLog: new RecoveryLog(),
      relay,
    });
    return (invocation) => callbackHandler.handle(invocation);
  } catch (error) {
    log("ERROR", "the configuration is invalid", { error: explain(error) });
    return createUnconfiguredHandler(error);
  }
}

/**
 * Handles callbacks while the configuration is invalid: logs those that may become events, so that none is lost, and relays
 * them, so that no message goes unmoderated.
 */
function createUnconfiguredHandler(cause: unknown): (invocation: Invocation) => Promise<Reply> {
  const recoveryLog = new RecoveryLog();
  const settings = cause instanceof EnvironmentError ? cause.settings : {};
  const { sdkAppId, forward, authentication } = settings;
  // While the list is invalid, any callback may be on it.
  const forwarding = forward === undefined ? { has: () => true } : createForwarding(forward);
  const target = createRelayTarget(settings);
  const relay = target && new Relay(target);
  // Without the handler's verdict, nothing may be allowed.
  const isRelayBroken = relay === undefined && Boolean(process.env["RELAY_URL"]);
  return async (invocation) => {
    const receipt = takeReceipt();
    try {
      const request = decodeRequest(invocation);
      const unjudged = leaveUnjudged(request, { sdkAppId, forwarding }, "the endpoint is not configured", cause);
      const relaying = relay?.begin(unjudged, invocation, receipt);
      const isAcceptable = authentication === "none" || hasSignature(request);
      if (unjudged.mayBecomeEvent && isAcceptable) recoveryLog.request(request, receipt.unixTime, cause);
      const relayed = await relaying;
      if (relayed?.reply) return relayed.reply;
      return isRelayBroken ? replyUnavailable(unjudged.problem) : replyWithoutStoring(unjudged, unjudged.problem);
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
