import type { ChatEvent } from "../../events/chat-event.ts";
import type { Deadline } from "../aws/json-client.ts";
import type { Publisher } from "../destination/publisher.ts";
import { explain, log } from "../log.ts";
import type { Receipt } from "../receipt.ts";
import type { RecoveryLog } from "../recovery-log.ts";

// Milliseconds after receipt. Tencent waits 2,000 and ignores the reply to an after-callback: late beats lost.
const DESTINATION_UNTIL_MS = 1_000;
/** When the standby queue must have confirmed; after that, the log is the last resort. */
export const STANDBY_UNTIL_MS = 1_600;
/** When the caller gets its 503: after Tencent's two seconds, because its optional retry is documented for time-outs only. */
const GIVE_UP_MS = 3_500;

/** How long one late attempt may take. */
const LATE_ATTEMPT_MS = 450;
/** Pauses between late attempts, so that instant failures do not spin. */
const LATE_PAUSE_MS = 200;

/** Where an event may be stored. */
export type StorageLocation = "destination" | "standby";

/** What delivering an event takes. */
export interface DeliveryDependencies {
  readonly destination: Publisher;
  /** The queue where events wait while the destination fails. */
  readonly standby: Publisher;
  /** Takes what neither of them takes. */
  readonly recoveryLog: RecoveryLog;
}

/**
 * Stores an event: at the destination, or else on standby, from where it is republished. If both fail, the event is logged
 * and retried for a while; not if a user is waiting for the reply.
 *
 * @returns where the event is stored; `undefined` if only the log has it
 */
export async function deliver(
  event: ChatEvent,
  isUserWaiting: boolean,
  { monotonicTime }: Receipt,
  { destination, standby, recoveryLog }: DeliveryDependencies,
): Promise<StorageLocation | undefined> {
  const { deduplicationId } = event.detail.metadata;
  try {
    await destination.publish(event, monotonicTime + DESTINATION_UNTIL_MS);
    return "destination";
  } catch (error) {
    log("WARN", "the destination did not take an event", { error: explain(error), deduplicationId });
  }
  try {
    await standby.publish(event, monotonicTime + STANDBY_UNTIL_MS);
    return "standby";
  } catch (error) {
    recoveryLog.event(event, error);
  }
  if (isUserWaiting) return undefined;
  const location = await retryUntilGivenUp(monotonicTime, [
    ["destination", (deadline) => destination.publish(event, deadline)],
    ["standby", (deadline) => standby.publish(event, deadline)],
  ]);
  if (location) log("WARN", "an event was stored on a late retry", { deduplicationId });
  return location;
}

/**
 * Makes late attempts until 3.5 s after receipt. Nobody waits any longer, but what is stored late is not lost.
 *
 * @param receivedAt `performance.now()` in milliseconds at receipt
 * @param attempts what to try, one after the other, again and again
 * @returns the location whose attempt succeeded; `undefined` if none did
 */
export async function retryUntilGivenUp(
  receivedAt: number,
  attempts: readonly (readonly [StorageLocation, (deadline: Deadline) => Promise<void>])[],
): Promise<StorageLocation | undefined> {
  const end = receivedAt + GIVE_UP_MS;
  while (performance.now() < end) {
    for (const [location, attempt] of attempts) {
      try {
        await attempt(Math.min(end, performance.now() + LATE_ATTEMPT_MS));
        return location;
      } catch {
        // The first failure was logged.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LATE_PAUSE_MS));
  }
  return undefined;
}
