import { randomUUID } from "node:crypto";
import type { ChatEvent } from "../../events/chat-event.ts";
import { createEvent, markRepublished } from "../../events/create-event.ts";
import { type Forwarding, maxBodyBytes } from "../../events/forwarding.ts";
import { explain } from "../../functions/log.ts";
import { fromLogged, type LoggedRequest, type RecoveredLog, readRecoveryLog } from "../../functions/recovery-log.ts";
import { acceptUnsigned, acceptVerified } from "../../tencent/authenticate.ts";
import { checkSdkAppId, readCallback } from "../../tencent/callback.ts";
import { Refusal } from "../../tencent/refusal.ts";

/** What to put back. */
export interface ChoiceOptions {
  /** Whether to include requests that anyone may have sent. */
  readonly includesUnverified: boolean;
  /** The app whose callbacks the endpoint accepts. Without it, that of verified requests is taken from their record. */
  readonly sdkAppId: string | undefined;
  /** The callbacks that become events in addition to read reports. */
  readonly forwarding: Forwarding;
}

/** An event to put back. */
export interface LostEvent {
  /** Marked as republished. */
  readonly event: ChatEvent;
  /** Whether its callback was authenticated. If not, the event says so as well. */
  readonly isVerified: boolean;
}

/** A request that becomes no event. */
export interface SkippedRequest extends NoEvent {
  /** Its record's position in the log. */
  readonly position: string;
  readonly isVerified: boolean;
}

/** The events to put back, in the order of the log, and all else that it contains. */
export interface Choice extends Pick<RecoveredLog, "cut" | "foreign"> {
  readonly events: readonly LostEvent[];
  readonly skipped: readonly SkippedRequest[];
  /** How many requests were left out because anyone may have sent them. */
  readonly unverifiedCount: number;
}

/**
 * Chooses the events to put back: those that could not be stored, and those of requests that this version accepts.
 *
 * @param text the callback function's log, as {@link readRecoveryLog} takes it
 */
export function chooseEvents(text: string, { includesUnverified, ...expected }: ChoiceOptions): Choice {
  const { records, cut, foreign } = readRecoveryLog(text);
  const events: LostEvent[] = [];
  const skipped: SkippedRequest[] = [];
  let unverifiedCount = 0;
  for (const record of records) {
    const isVerified = record.kind === "event" || record.request.authenticated;
    if (!isVerified && !includesUnverified) {
      unverifiedCount += 1;
      continue;
    }
    const result = record.kind === "event" ? record : judgeAgain(record.request, expected);
    if (result.event) events.push({ event: markRepublished(result.event), isVerified });
    else skipped.push({ position: record.position, isVerified, ...result });
  }
  return { events, skipped, unverifiedCount, cut, foreign };
}

/** Why a request becomes no event. */
interface NoEvent {
  readonly event: undefined;
  readonly reason: string;
  /** The argument that rules the event out; `undefined` if no value of either would allow it. */
  readonly ruledOutBy: "sdkAppId" | "forwarding" | undefined;
}

/** So that a large callback of a command outside the list counts as not forwarded, rather than as too large. */
const ANY_COMMAND: Forwarding = { has: () => true };

/** Judges a request from the log as the endpoint would, as of the time it was received, except for its signature. */
function judgeAgain(
  logged: LoggedRequest,
  { sdkAppId, forwarding }: Omit<ChoiceOptions, "includesUnverified">,
): { readonly event: ChatEvent } | NoEvent {
  const request = fromLogged(logged);
  const accepted = logged.authenticated ? acceptVerified(request) : acceptUnsigned(request);
  // Only an app whose token signed the request is taken at its word.
  const ownSdkAppId = sdkAppId ?? (logged.authenticated ? logged.sdkAppId : undefined) ?? "";
  try {
    checkSdkAppId(accepted, ownSdkAppId);
    const callback = readCallback(accepted, maxBodyBytes(logged.callbackCommand, ANY_COMMAND));
    const origin = { id: randomUUID(), account: "", region: "", receivedAt: Date.parse(logged.receivedAt) };
    const settings = { sdkAppId: ownSdkAppId, includeClientIp: false, forwarding };
    const event = createEvent(accepted, callback, settings, origin);
    if (event) return { event };
    if (callback.kind !== "other") return { event, reason: "a Verify has no event", ruledOutBy: undefined };
    return { event, reason: `${callback.command} is not forwarded`, ruledOutBy: "forwarding" };
  } catch (error) {
    const isOtherApp = error instanceof Refusal && error.reason === "sdk-app-id-mismatch";
    return { event: undefined, reason: explain(error), ruledOutBy: isOtherApp ? "sdkAppId" : undefined };
  }
}
