import type { Publisher } from "../destination/publisher.ts";
import type { ChatEvent } from "../events/chat-event.ts";
import { explain, log } from "../log.ts";

// Milliseconds after receipt. Tencent waits 2,000 and ignores the reply; an event that comes late is better than none.
const DESTINATION_UNTIL = 1_000;
const STANDBY_UNTIL = 1_600;
const DESTINATION_AGAIN_UNTIL = 2_600;
const STANDBY_AGAIN_UNTIL = 3_500;
/** Tencent's optional retry is documented for time-outs only, so a failure is told after its two seconds. */
const EARLIEST_FAILURE = 2_100;

/**
 * Stores an event: at the destination, else on standby, from where it is republished. When neither takes it, the event
 * is written to the log, and trying goes on for a while.
 *
 * @param event the event
 * @param receivedAt when its callback was received, as a `performance.now()` in milliseconds
 * @param destination where events go
 * @param standby the queue they wait in when the destination fails
 * @returns whether the event is stored
 */
export async function deliver(
  event: ChatEvent,
  receivedAt: number,
  destination: Publisher,
  standby: Publisher,
): Promise<boolean> {
  const store = async (publisher: Publisher, where: string, until: number) => {
    try {
      await publisher.publish(event, receivedAt + until);
      return true;
    } catch (error) {
      log("WARN", `the ${where} did not take an event`, { error: explain(error), ...identify(event) });
      return false;
    }
  };

  if (await store(destination, "destination", DESTINATION_UNTIL)) return true;
  if (await store(standby, "standby queue", STANDBY_UNTIL)) return true;
  log("ERROR", "an event could not be stored", { event });
  if (
    (await store(destination, "destination", DESTINATION_AGAIN_UNTIL)) ||
    (await store(standby, "standby queue", STANDBY_AGAIN_UNTIL))
  ) {
    log("WARN", "an event was stored after all", identify(event));
    return true;
  }
  const pause = receivedAt + EARLIEST_FAILURE - performance.now();
  if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  return false;
}

function identify({ detail: { metadata } }: ChatEvent): { deduplicationId: string } {
  return { deduplicationId: metadata.deduplicationId };
}
