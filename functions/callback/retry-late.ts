import type { Deadline } from "../aws/json-client.ts";
import type { Receipt } from "../receipt.ts";
import { GIVE_UP_MS } from "./deadlines.ts";

/** Where an event may be stored. */
export type StorageLocation = "destination" | "standby";

/** How long one late attempt may take. */
const LATE_ATTEMPT_MS = 450;
/** Pauses between late attempts, so that instant failures do not spin. */
const LATE_PAUSE_MS = 200;

/**
 * Tries to store something late, until 3.5 s after receipt: the caller has stopped waiting, but late beats lost.
 *
 * @param attempts the ways to store it, which are tried in turn, again and again
 * @returns the location whose attempt succeeded; `undefined` if none did
 */
export async function retryLate(
  { monotonicTime }: Receipt,
  attempts: readonly (readonly [StorageLocation, (deadline: Deadline) => Promise<void>])[],
): Promise<StorageLocation | undefined> {
  const end = monotonicTime + GIVE_UP_MS;
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
