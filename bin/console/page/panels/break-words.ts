import {
  DESTINATION_UNTIL_MS,
  GIVE_UP_MS,
  STANDBY_UNTIL_MS,
  TOKEN_UNTIL_MS,
} from "../../../../functions/callback/deadlines.ts";
import type { BreakablePart, FAULT_MODES, FaultMode } from "../../../../local/faults.ts";
import type { SystemState } from "../../protocol.ts";

/** The compiler checks that it is the fault's. */
const SLOW_MS: (typeof FAULT_MODES)["slow"]["delay"] = 300;

/** What a part does that is broken in a mode. */
const EFFECTS: Readonly<Record<FaultMode, string>> = {
  slow: `It answers ${SLOW_MS} ms late.`,
  hang: "It takes calls and never answers.",
  refuse: "It answers 403, as after a wrong change of permissions.",
  throttle: "It answers that there are too many calls.",
  fail: "It answers 500, as in an outage.",
  nonsense: "It answers 200 with malformed JSON.",
  "lose-answer": "It does what it is told, but the connection breaks before it answers.",
  kill: "The process dies as soon as it gets the next request, as when memory runs out.",
};

/** The names of the parts that can be broken, and what each is for. */
export const PART_WORDS: Readonly<Record<BreakablePart, readonly [name: string, purpose: string]>> = {
  destination: ["Destination", "The queue or bus that gets the events."],
  standby: [
    "Standby queue",
    "Keeps the events that the destination does not take. Matters once the destination is broken.",
  ],
  secrets: ["Secrets Manager", "Holds the token, which the function reads again every few minutes."],
  function: ["Function", "Checks each callback and stores its event."],
};

/** The modes in which a part can be broken. */
export function modesOf(part: BreakablePart): readonly FaultMode[] {
  return part === "function" ? ["kill"] : (Object.keys(EFFECTS) as FaultMode[]).filter((mode) => mode !== "kill");
}

/** A phrase as a button's label. */
export function capitalise(phrase: string): string {
  return phrase.replace(/^./, (letter) => letter.toUpperCase());
}

/** What a fault does, and what to expect of the system. */
export function expectation(part: BreakablePart, mode: FaultMode, destination: SystemState["destination"]): string {
  return `${EFFECTS[mode]} ${consequence(part, mode, destination)}`;
}

function consequence(part: BreakablePart, mode: FaultMode, destination: SystemState["destination"]): string {
  switch (part) {
    case "destination":
      if (mode === "slow") return "That is in time: events are stored, and Tencent gets OK.";
      if (mode === "lose-answer") {
        const repeats =
          destination === "fifo" ? "the queue drops the repeat" : "consumers drop the repeat by its deduplicationId";
        return `The function does not know and sends the event again; ${repeats}.`;
      }
      return `${seconds(DESTINATION_UNTIL_MS)} after receipt at the latest, the function puts the event on standby instead, and Tencent still gets OK.`;
    case "standby":
      if (mode === "slow") return "That is in time.";
      return `If the destination fails as well, the log has the event ${seconds(STANDBY_UNTIL_MS)} after receipt, and Tencent gets 503 after ${seconds(GIVE_UP_MS)}. Replay puts it back.`;
    case "secrets":
      if (mode === "slow") return "That is in time.";
      return `A function that has read the token goes on with it. One that has not waits ${seconds(TOKEN_UNTIL_MS)} at most, puts the request on standby, and answers 503.`;
    case "function":
      return "Tencent gets an error, and nothing is kept of that request. The next one starts a new process.";
  }
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}

/** The command that starts a system that is broken in the same way, such as `npm start -- --break standby=fail:20`. */
export function asStart(faults: SystemState["faults"]): string {
  const items = Object.entries(faults).map(
    ([part, { mode, callsLeft }]) => `${part}=${mode}${callsLeft === undefined ? "" : `:${callsLeft}`}`,
  );
  return `npm start -- --break ${items.join(",")}`;
}
