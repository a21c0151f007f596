import type { ChatEvent } from "../../events/chat-event.ts";
import type { Publisher } from "../destination/publisher.ts";
import { explain, log } from "../log.ts";
import type { Receipt } from "../receipt.ts";
import type { RecoveryLog } from "../recovery-log.ts";
import { DESTINATION_UNTIL_MS, STANDBY_UNTIL_MS } from "./deadlines.ts";
import { retryLate, type StorageLocation } from "./retry-late.ts";

/** The dependencies of {@link deliver}. */
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
  receipt: Receipt,
  { destination, standby, recoveryLog }: DeliveryDependencies,
): Promise<StorageLocation | undefined> {
  const { deduplicationId } = event.detail.metadata;
  try {
    await destination.publish(event, receipt.monotonicTime + DESTINATION_UNTIL_MS);
    return "destination";
  } catch (error) {
    log("WARN", "the destination did not take an event", { error: explain(error), deduplicationId });
  }
  try {
    await standby.publish(event, receipt.monotonicTime + STANDBY_UNTIL_MS);
    return "standby";
  } catch (error) {
    recoveryLog.event(event, error);
  }
  if (isUserWaiting) return undefined;
  const location = await retryLate(receipt, [
    ["destination", (deadline) => destination.publish(event, deadline)],
    ["standby", (deadline) => standby.publish(event, deadline)],
  ]);
  if (location) log("WARN", "an event was stored on a late retry", { deduplicationId });
  return location;
}
