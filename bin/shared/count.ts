/**
 * Writes a number together with what it counts: `1 message`, `2 messages`.
 *
 * @param noun in the singular, with an `s` as its plural
 */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
