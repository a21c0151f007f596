import type { ChatEvent } from "../../events/chat-event.ts";
import { isBeforeCallback } from "../../tencent/commands.ts";
import type { Deadline } from "../aws/json-client.ts";
import type { Publisher } from "../destination/publisher.ts";
import { explain, log } from "../log.ts";

// Milliseconds after receipt. Tencent waits 2,000 and ignores the reply; an event that comes late is better than none.
const DESTINATION_UNTIL_MS = 1_000;
/** By when the standby queue has to have something, or it is written to the log. */
export const STANDBY_UNTIL_MS = 1_600;
/** When the caller gets its 503: after Tencent's two seconds, as its optional retry is documented for time-outs only. */
const GIVE_UP_MS = 3_500;

/** One more attempt at each place gets this long, then comes a pause: a failure may come at once, time after time. */
const LATE_ATTEMPT_MS = 450;
const LATE_PAUSE_MS = 200;

/** Where an event is stored. */
export type Place = "destination" | "standby";

/**
 * Stores an event: at the destination, else on standby, from where it is republished. When neither takes it, the event
 * is written to the log, and trying goes on for a while; but not for a before-callback's, as a user waits for the reply.
 *
 * @param event the event
 * @param startedAt when its callback was received, as a `performance.now()` in milliseconds
 * @param destination where events go
 * @param standby the queue they wait in when the destination fails
 * @returns where the event is stored; `undefined` when it is nowhere but in the log
 */
export async function deliver(
  event: ChatEvent,
  startedAt: number,
  destination: Publisher,
  standby: Publisher,
): Promise<Place | undefined> {
  const { deduplicationId } = event.detail.metadata;
  try {
    await destination.publish(event, startedAt + DESTINATION_UNTIL_MS);
    return "destination";
  } catch (error) {
    log("WARN", "the destination did not take an event", { error: explain(error), deduplicationId });
  }
  try {
    await standby.publish(event, startedAt + STANDBY_UNTIL_MS);
    return "standby";
  } catch (error) {
    log("ERROR", "an event could not be stored", { error: explain(error), event });
  }
  if (isBeforeCallback(event["detail-type"])) return undefined;
  const place = await keepTrying(startedAt, [
    ["destination", (deadline) => destination.publish(event, deadline)],
    ["standby", (deadline) => standby.publish(event, deadline)],
  ]);
  if (place) log("WARN", "an event was stored on a late retry", { deduplicationId });
  return place;
}

/**
 * Tries again and again until 3.5 s after receipt: the caller no longer waits, but what is stored late is not lost.
 *
 * @param startedAt when the callback was received, as a `performance.now()` in milliseconds
 * @param attempts what to try at which place, one after the other, again and again
 * @returns the place where it succeeded, if it did
 */
export async function keepTrying(
  startedAt: number,
  attempts: readonly (readonly [Place, (deadline: Deadline) => Promise<void>])[],
): Promise<Place | undefined> {
  const end = startedAt + GIVE_UP_MS;
  while (performance.now() < end) {
    for (const [place, attempt] of attempts) {
      try {
        await attempt(Math.min(end, performance.now() + LATE_ATTEMPT_MS));
        return place;
      } catch {
        // Its first failure was logged.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LATE_PAUSE_MS));
  }
  return undefined;
}
