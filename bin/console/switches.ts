import {
  DESTINATION_UNTIL_MS,
  GIVE_UP_MS,
  HANDLER_UNTIL_MS,
  STANDBY_UNTIL_MS,
  TOKEN_UNTIL_MS,
  UNHURRIED_HANDLER_UNTIL_MS,
} from "../../functions/callback/deadlines.ts";
import {
  type ActiveFault,
  BREAKABLE_PARTS,
  type BreakablePart,
  FAULT_MODES,
  type FaultMode,
  modesOf,
} from "../../local/faults.ts";
import { count } from "../shared/count.ts";
import type { SystemFacts } from "./protocol.ts";
import type { Switch } from "./system-parts.ts";

/** A fault's mode, as a sentence about the part. */
const FAULT_WORDS: Readonly<Record<FaultMode, string>> = {
  slow: "answers slowly",
  hang: "hangs",
  refuse: "refuses access",
  throttle: "throttles",
  fail: "fails",
  nonsense: "answers nonsense",
  "lose-answer": "loses its answer",
  kill: "crashes",
};

/** What a part does that is broken in a mode. */
const EFFECTS: Readonly<Record<FaultMode, string>> = {
  slow: `It answers ${FAULT_MODES.slow.delay} ms late.`,
  hang: "It takes calls and never answers.",
  refuse: "It answers 403, as after a wrong change of permissions.",
  throttle: "It answers that there are too many calls.",
  fail: "It answers 500, as in an outage.",
  nonsense: "It answers 200 with malformed JSON.",
  "lose-answer": "It does what it is told, but the connection breaks before it answers.",
  kill: "The process dies as soon as it gets the next request, as when memory runs out.",
};

/** The names of the parts that can be broken, and what each is for. */
const PART_WORDS: Readonly<Record<BreakablePart, readonly [name: string, purpose: string]>> = {
  destination: ["Destination", "The queue or bus that gets the events."],
  standby: [
    "Standby queue",
    "Keeps the events that the destination does not take. Matters once the destination is broken.",
  ],
  secrets: ["Secrets Manager", "Holds the token, which the function reads again every few minutes."],
  handler: ["Existing handler", "Your own backend. Replies where a user waits or nothing is stored."],
  function: ["Function", "Checks each callback and stores its event."],
};

/** The switches of the Break panel. */
export function switchesOf({
  faults,
  destination,
  handler,
}: Pick<SystemFacts, "faults" | "destination" | "handler">): Switch[] {
  return BREAKABLE_PARTS.filter((part) => part !== "handler" || handler).map((part) => {
    const [name, purpose] = PART_WORDS[part];
    const fault = faults[part];
    const modes = modesOf(part).map((mode) => ({
      mode,
      label: FAULT_WORDS[mode].replace(/^./, (letter) => letter.toUpperCase()),
      expectation: `${EFFECTS[mode]} ${consequence(part, mode, destination)}`,
      isActive: fault?.mode === mode,
    }));
    return { part, name, purpose, ...(fault && { fault: describeFault(fault) }), modes };
  });
}

/** A fault in words, such as `hangs, 3 calls left`. */
export function describeFault({ mode, callsLeft }: ActiveFault): string {
  return `${FAULT_WORDS[mode]}, ${callsLeft === undefined ? "until healed" : `${count(callsLeft, "call")} left`}`;
}

function consequence(part: BreakablePart, mode: FaultMode, destination: SystemFacts["destination"]): string {
  switch (part) {
    case "destination":
      if (mode === "slow") return "That is in time: events are stored, and Tencent gets OK.";
      if (mode === "lose-answer") {
        const repeats =
          destination === "fifo" ? "the queue drops the repeat" : "consumers drop the repeat by its deduplicationId";
        return `The function sends the event again, or puts it on standby; ${repeats}.`;
      }
      return `Within ${seconds(DESTINATION_UNTIL_MS)} of receipt, the function puts the event on standby instead, and Tencent still gets OK.`;
    case "standby":
      if (mode === "slow") return "That is in time.";
      return `If the destination fails as well, the log has the event ${seconds(STANDBY_UNTIL_MS)} after receipt, and Tencent gets 503 after ${seconds(GIVE_UP_MS)}. Replay puts it back.`;
    case "secrets":
      if (mode === "slow") return "That is in time.";
      return `A function that has read the token keeps using it: crash it as well to see more. The next one waits up to ${seconds(TOKEN_UNTIL_MS)}, puts the request on standby, and answers 503.`;
    case "handler":
      if (mode === "slow") return "That is in time: Tencent gets its reply.";
      return `Where a user waits or nothing is stored, Tencent gets ${replyInsteadOf(mode)}. Events are stored all the same.`;
    case "function":
      return "Tencent gets an error, and nothing is kept of that request. The next one starts a new process.";
  }
}

/** The reply that Tencent gets in place of the existing handler's right one. */
function replyInsteadOf(mode: FaultMode): string {
  if (mode === "hang") return `502 after ${seconds(HANDLER_UNTIL_MS)} or ${seconds(UNHURRIED_HANDLER_UNTIL_MS)}`;
  return mode === "refuse" || mode === "fail" ? "this reply" : "502";
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}
