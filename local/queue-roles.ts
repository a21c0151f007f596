/** The queues of a stack by what they are for: `bus-dead-letters` belongs to the bus's rule, `dead-letters` to the destination. */
export const QUEUE_ROLES = [
  "destination",
  "dead-letters",
  "bus-dead-letters",
  "standby",
  "standby-dead-letters",
] as const;

/** One of {@link QUEUE_ROLES}. */
export type QueueRole = (typeof QUEUE_ROLES)[number];
