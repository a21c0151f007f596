import type { LostEvent } from "./choose-events.ts";
export async function* putBack(events: readonly LostEvent[], publish: (e: LostEvent["event"]) => Promise<void>) {
  for (const lost of events) {
    const error = await publish(lost.event).catch((r: Error) => r);
    yield { lost, problem: error?.message };
  }
}
