import { toJson } from "../../events/chat-event.ts";
import { type Forwarding, maxBodyBytes } from "../../events/forwarding.ts";
import { isBeforeCallback, READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { type CallbackRequest, readRequest } from "../../tencent/request.ts";
import type { SqsPublisher } from "../destination/sqs.ts";
import type { Invocation, ParkedRequest } from "../invocation.ts";
import type { TokenUnavailable } from "../judge-callback.ts";
import { explain, log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { keepTrying, STANDBY_UNTIL_MS } from "./deliver.ts";

/** So many requests are kept in a minute: nobody knows whether they are genuine, and keeping them costs money. */
const LARGEST_NUMBER_PARKED = 300;

const MINUTE_MS = 60_000;

/**
 * Makes what puts requests on the standby queue that could not be judged, because the token could not be read; if that
 * fails, into the log, trying on for a while unless a user waits. A limited number each minute, of those that may become
 * events.
 *
 * @param standby the queue
 * @param metrics counts what was kept, and what was not because of the limit
 * @param forwarding what becomes events beside the read report
 * @returns parks a request, given when it was received, in Unix milliseconds and as a `performance.now()`
 */
export function createParking(standby: Pick<SqsPublisher, "send">, metrics: Metrics, forwarding: Forwarding) {
  let minuteEnd = 0;
  let parkedInMinute = 0;

  return async function park(
    invocation: Invocation,
    receivedAt: number,
    startedAt: number,
    { message: problem, cause }: TokenUnavailable,
  ): Promise<void> {
    const request = readRequest(invocation);
    if (isUseless(request, forwarding)) return;
    if (receivedAt >= minuteEnd) {
      minuteEnd = receivedAt + MINUTE_MS;
      parkedInMinute = 0;
    }
    parkedInMinute += 1;
    // Counted when their number has doubled, as refusals are.
    if (Number.isInteger(Math.log2(parkedInMinute))) metrics.hurry();
    if (parkedInMinute > LARGEST_NUMBER_PARKED) {
      metrics.count("NotParked");
      return;
    }
    metrics.count("Parked");
    log("ERROR", problem, { error: explain(cause) });
    const parked: ParkedRequest = { parkedRequest: invocation, receivedAt };
    const message = toJson(parked);
    try {
      await standby.send(message, startedAt + STANDBY_UNTIL_MS);
    } catch (error) {
      logUnverified("the standby queue did not take a request", invocation, receivedAt, error, forwarding);
      if (isBeforeCallback(request.parameters.callbackCommand ?? "")) return;
      const place = await keepTrying(startedAt, [["standby", (deadline) => standby.send(message, deadline)]]);
      if (place) {
        log("WARN", "a request was parked on a late retry", { requestId: invocation.requestContext?.requestId });
      }
    }
  };
}

/** Writes a request that was never judged to the log: whole but for its signature and the client's address, and marked as not authenticated. */
export function logUnverified(
  message: string,
  invocation: Invocation,
  receivedAt: number,
  error: unknown,
  forwarding: Forwarding,
): void {
  let request: CallbackRequest;
  try {
    request = readRequest(invocation);
    if (isUseless(request, forwarding)) return;
  } catch {
    // Malformed beyond use: it would have been refused.
    return;
  }
  const { sign: _secret, requestTime: _signed, clientIp: _personal, ...parameters } = request.parameters;
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

/** Whether no event would ever be made of a request: it would be refused as too large, or its command is not wanted. */
function isUseless(request: CallbackRequest, forwarding: Forwarding): boolean {
  const { callbackCommand: command } = request.parameters;
  const isWanted = !command || command === READ_REPORT_COMMAND || forwarding.has(command);
  return !isWanted || request.body.byteLength > maxBodyBytes(request.parameters.callbackCommand, forwarding);
}
