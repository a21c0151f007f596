/** A missing or invalid value, or one that contradicts another. */
export interface SettingProblem {
  /** The property, such as `throttle.rateLimit`. */
  readonly property: string;
  /** `undefined` if the value is missing. */
  readonly value: unknown;
  /** Explains the problem and how to fix it. */
  readonly message: string;
}

/**
 * Keeps secrets out of messages: the credentials or the query string of a URL.
 *
 * @param property the property that is shown
 * @param text its value
 */
export function concealSecrets(property: string, text: string): string {
  return property === "relayUrl" && /[@?#]|%40/.test(text) ? '"…"' : text;
}
