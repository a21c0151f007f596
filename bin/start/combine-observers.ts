import type { Observer } from "../../local/local-system.ts";

const NOTICES = [
  "request",
  "exchange",
  "relayed",
  "sent",
  "received",
  "deleted",
  "deadLettered",
  "moved",
  "log",
  "failure",
] as const satisfies readonly (keyof Observer)[];

/** Creates an observer that tells several others, in their order. */
export function combineObservers(...observers: readonly Observer[]): Observer {
  const tellAll = NOTICES.map((notice) => [
    notice,
    (...details: unknown[]) => {
      for (const observer of observers)
        (observer[notice] as ((...details: unknown[]) => void) | undefined)?.call(observer, ...details);
    },
  ]);
  return Object.fromEntries(tellAll) as Observer;
}
