import type { ChatEvent } from "../../events/chat-event.ts";
import { markRepublished } from "../../events/create-event.ts";
import type { Forwarding } from "../../events/forwarding.ts";
import { createUnverifiedEvent, readRecoveryLog } from "../../functions/recovery-log.ts";
export interface LostEvent {
  readonly event: ChatEvent;
  readonly isVerified: boolean;
}
export function chooseEvents(
  text: string,
  o: { includesUnverified: boolean; sdkAppId: string | undefined; forwarding: Forwarding },
) {
  const { records } = readRecoveryLog(text);
  const events: LostEvent[] = [];
  const skipped: { reason: string }[] = [];
  for (const record of records) {
    if (record.kind === "event") events.push({ event: markRepublished(record.event), isVerified: true });
    else {
      const r = createUnverifiedEvent(record, o.sdkAppId ?? "", o.forwarding);
      if (r.event) events.push({ event: markRepublished(r.event), isVerified: false });
      else skipped.push(r);
    }
  }
  return { events, skipped };
}
