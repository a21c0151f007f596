import type { QueueRole } from "../../local/queue-roles.ts";

/** A queue's name in the panel, and what is in it. */
export const QUEUE_WORDS: Readonly<Record<QueueRole, readonly [name: string, content: string]>> = {
  destination: ["Destination", "Events, until a consumer takes them."],
  "dead-letters": [
    "Dead letters",
    "Events that a consumer failed to handle five times. Fix the consumer, then move them back.",
  ],
  "bus-dead-letters": ["Dead letters of the bus", "Events that EventBridge could not deliver to its target."],
  standby: [
    "Standby",
    "Events and requests that wait for the destination or the token. The republish function puts them back.",
  ],
  "standby-dead-letters": [
    "Dead letters of standby",
    "What the republish function gave up, with the reason. Remove the cause, then move them back.",
  ],
};

/** The queues whose messages can be moved back to where they came from. */
export const MOVES_BACK: readonly QueueRole[] = ["dead-letters", "standby-dead-letters"];
