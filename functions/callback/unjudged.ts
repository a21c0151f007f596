import type { Deadline } from "../aws/json-client.ts";
import type { SqsPublisher } from "../destination/sqs.ts";
import { toJson } from "../events/chat-event.ts";
import { explain, log } from "../log.ts";
import { LARGEST_BODY_BYTES } from "../tencent/callback.ts";
import { type CallbackRequest, readRequest } from "../tencent/request.ts";
import type { Invocation } from "./invocation.ts";

/** A request that waits on the standby queue to be authenticated later, against the time it was received. */
export interface ParkedRequest {
  /** The request as it came, its signature included: whoever can read the queue can read the events as well. */
  readonly parkedRequest: Invocation;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}

/**
 * Puts a request that could not be judged, because the token could not be read, on the standby queue; if that fails
 * too, into the log.
 */
export async function park(
  invocation: Invocation,
  receivedAt: number,
  standby: Pick<SqsPublisher, "send">,
  deadline: Deadline,
): Promise<void> {
  // It would be refused later, so it need not be kept.
  if (readRequest(invocation).body.byteLength > LARGEST_BODY_BYTES) return;
  const parked: ParkedRequest = { parkedRequest: invocation, receivedAt };
  try {
    await standby.send(toJson(parked), deadline);
  } catch (error) {
    logUnjudged("the standby queue did not take a request", invocation, receivedAt, error);
  }
}

/** Writes a request that was never judged to the log: whole but for its signature, and marked as not authenticated. */
export function logUnjudged(message: string, invocation: Invocation, receivedAt: number, error: unknown): void {
  let request: CallbackRequest;
  try {
    request = readRequest(invocation);
  } catch {
    // Malformed beyond use: it would have been refused.
    return;
  }
  if (request.body.byteLength > LARGEST_BODY_BYTES) return;
  const { sign: _secret, requestTime: _signed, ...parameters } = request.parameters;
  log("ERROR", message, {
    error: explain(error),
    request: {
      authenticated: false,
      receivedAt: new Date(receivedAt).toISOString(),
      ...parameters,
      body: request.body.toString(),
    },
  });
}
