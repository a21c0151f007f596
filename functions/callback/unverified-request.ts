import type { SqsPublisher } from "../destination/sqs.ts";
import { toJson } from "../events/chat-event.ts";
import { explain, log } from "../log.ts";
import { LARGEST_BODY_BYTES } from "../tencent/callback.ts";
import { type CallbackRequest, readRequest } from "../tencent/request.ts";
import { keepTrying, STANDBY_UNTIL_MS } from "./deliver.ts";
import type { Invocation } from "./invocation.ts";

/** A request that waits on the standby queue to be authenticated later, against the time it was received. */
export interface ParkedRequest {
  /** The request as it came, its signature included: whoever can read the queue can read the events as well. */
  readonly parkedRequest: Invocation;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}

/**
 * Puts a request that could not be judged, because the token could not be read, on the standby queue; if that fails,
 * into the log, and goes on trying for a while.
 *
 * @param receivedAt when it was received, in Unix milliseconds
 * @param startedAt the same as a `performance.now()` in milliseconds
 */
export async function park(
  invocation: Invocation,
  receivedAt: number,
  startedAt: number,
  standby: Pick<SqsPublisher, "send">,
): Promise<void> {
  // It would be refused later, so it need not be kept.
  if (readRequest(invocation).body.byteLength > LARGEST_BODY_BYTES) return;
  const parked: ParkedRequest = { parkedRequest: invocation, receivedAt };
  const message = toJson(parked);
  try {
    await standby.send(message, startedAt + STANDBY_UNTIL_MS);
  } catch (error) {
    logUnverified("the standby queue did not take a request", invocation, receivedAt, error);
    await keepTrying(startedAt, { standby: (deadline) => standby.send(message, deadline) });
  }
}

/** Writes a request that was never judged to the log: whole but for its signature, and marked as not authenticated. */
export function logUnverified(message: string, invocation: Invocation, receivedAt: number, error: unknown): void {
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
