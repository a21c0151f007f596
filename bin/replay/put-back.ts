import { explainAwsConfiguration } from "../shared/aws-configuration.ts";
import { isGone } from "../shared/is-gone.ts";
import type { LostEvent } from "./choose-events.ts";
import type { Publish } from "./publish.ts";

/** An attempt to put back an event. */
export interface Attempt {
  readonly lost: LostEvent;
  /** Why the event was not put back; `undefined` if it was. */
  readonly problem: string | undefined;
  /** Whether the problem would meet every other event as well, so that this was the last attempt. */
  readonly isLast: boolean;
}

/** The names of errors of the destination's policy or key, which every other event would meet as well. */
const REFUSES_ALL = /AccessDenied|^Kms/;

/**
 * Publishes events one after the other. One that the destination refuses does not stop the rest; a destination that refuses
 * all does.
 *
 * @returns the attempts, each when it is over
 */
export async function* putBack(events: readonly LostEvent[], publish: Publish): AsyncGenerator<Attempt> {
  for (const lost of events) {
    const error = await publish(lost.event).catch((reason: Error) => reason);
    const general = error && explainGeneral(error);
    const isLast = general !== undefined;
    yield { lost, problem: general ?? error?.message, isLast };
    if (isLast) return;
  }
}

/** @returns `undefined` for an error that concerns one event alone */
function explainGeneral(error: Error): string | undefined {
  const { name, message } = error;
  const refusesAll = isGone(error) || REFUSES_ALL.test(name);
  return explainAwsConfiguration(error) ?? (refusesAll ? `${name}: ${message}` : undefined);
}
