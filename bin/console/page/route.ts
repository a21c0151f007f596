import { QUEUE_ROLES, type QueueRole } from "../../../local/queue-roles.ts";

/** The side panel's tabs. */
export const TABS = ["send", "break", "queues", "stories"] as const;

/** One of {@link TABS}. */
export type Tab = (typeof TABS)[number];

/** What the page shows. */
export interface Route {
  readonly tab: Tab;
  /** The queue that the Queues panel shows. */
  readonly queue?: QueueRole;
  /** The callback whose detail is open. */
  readonly callback?: string;
}

/** Reads a URL's fragment, such as `#/callbacks/<id>`, `#/queues/standby` or `#/send`. */
export function parseRoute(hash: string): Route {
  const [page, id] = hash.replace(/^#?\/?/, "").split("/");
  if (page === "callbacks" && id) return { tab: "send", callback: decode(id) };
  const tab = TABS.find((tab) => tab === page) ?? "send";
  const queue = tab === "queues" && QUEUE_ROLES.find((queue) => queue === id);
  return queue ? { tab, queue } : { tab };
}

/** The URL of a callback's detail. */
export function callbackHref(id: string): string {
  return `#/callbacks/${encodeURIComponent(id)}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
