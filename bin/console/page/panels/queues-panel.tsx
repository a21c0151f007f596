import type { QueueRole } from "../../../../local/queue-roles.ts";

/** Placeholder. */
export function QueuesPanel({ queue }: { readonly queue?: QueueRole }) {
  return <p>{queue}</p>;
}
