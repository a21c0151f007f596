import { closestMatch } from "leven";

/**
 * Finds the name that a misspelt one was probably meant to be.
 *
 * @param names the possible names
 * @returns `undefined` if more than half of its characters would have to change: the suggestion would be absurd
 */
export function closestName(misspelt: string, names: readonly string[]): string | undefined {
  // Of three letters, two in the wrong case would be more than half.
  const sameLetters = names.find((name) => name.toLowerCase() === misspelt.toLowerCase());
  return sameLetters ?? closestMatch(misspelt, names, { maxDistance: Math.floor(misspelt.length / 2) });
}
