import type { CallbackRecord } from "./callback-record.ts";

/** Tells that a destination took or dropped a callback's event. */
export function explainStored(
  { isStored, isRepeat, isReplayed }: CallbackRecord,
  queueName: string,
  dropped: boolean,
): string {
  if (isRepeat) return `${queueName} dropped its event as a repeat.`;
  if (dropped) return `Sent once more; ${queueName} dropped it as a repeat.`;
  if (isReplayed && !isStored) return `Replayed from the log, and stored in ${queueName}.`;
  return isStored ? `Stored in ${queueName} once more.` : `Stored in ${queueName}.`;
}

/** An ordinal number, such as `2nd`. */
export function ordinal(number: number): string {
  const suffix = /1\d$/.test(String(number)) ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[number % 10] ?? "th");
  return `${number}${suffix}`;
}
