/** Tells the time. */
export interface Now {
  /** @returns Unix milliseconds */
  now(): number;
}
