import type { Scoreboard, SystemFacts } from "../../protocol.ts";
import type { PartId } from "../../system-parts.ts";

/** How many callbacks or events have moved from one part to another, such as `function-standby`. */
export type Movements = Readonly<Partial<Record<`${PartId}-${PartId}`, number>>>;

/** What has moved between two states of the system, as far as its counts tell. */
export function movementsBetween(before: SystemFacts, after: SystemFacts): Movements {
  const target = after.destination === "bus" ? "bus" : "destination";
  const rise = (count: (state: SystemFacts) => number) => count(after) - count(before);
  const scored = (verdict: keyof Scoreboard) => rise(({ scoreboard }) => scoreboard[verdict]);
  const sent = rise(({ scoreboard, inFlight }) => scoreboard.sent + inFlight);
  const republished = rise((state) => state.republished);
  const moved: Record<string, number> = {
    "tencent-api": sent,
    "api-function": sent,
    // Putting an event back turns a callback on standby into a stored one.
    [`function-${target}`]: scored("stored") - republished,
    "function-standby": scored("standby") + republished,
    "standby-republish": republished,
    [`republish-${target}`]: republished,
    "function-log": scored("log"),
    "function-handler": rise(({ handler }) => handler?.relayed ?? 0),
    "destination-consumers": rise((state) => state.consumed),
    ...(target === "bus" && { "bus-destination": scored("stored") }),
  };
  return Object.fromEntries(Object.entries(moved).filter(([, number]) => number > 0));
}
