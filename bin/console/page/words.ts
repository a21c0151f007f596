import type { Verdict } from "../protocol.ts";

/** A verdict as a label. */
export const VERDICT_LABELS: Readonly<Record<Verdict, string>> = {
  "in flight": "in flight",
  stored: "stored",
  refused: "refused",
  acknowledged: "acknowledged",
  standby: "on standby",
  log: "only in the log",
  failed: "failed",
};

/** A verdict's colour, for the elements in a style sheet that use `--hue`. */
export function hueOf(verdict: Verdict): Readonly<Record<string, string>> {
  return { "--hue": `var(--${verdict.replace("in ", "")})` };
}

/** A number and its noun, such as `1 call` or `1,200 calls`. */
export function count(number: number, noun: string): string {
  return `${formatNumber(number)} ${noun}${number === 1 ? "" : "s"}`;
}

const NUMBERS = new Intl.NumberFormat("en");

/** A whole number with separators, such as `1,200`. */
export function formatNumber(number: number): string {
  return NUMBERS.format(number);
}

/** A local time of day to the millisecond, such as `14:03:09.120`. */
export function formatTime(unixMilliseconds: number): string {
  const zone = new Date(unixMilliseconds).getTimezoneOffset() * 60_000;
  return new Date(unixMilliseconds - zone).toISOString().slice(11, 23);
}

/** The time between two moments, such as `+12 ms`, `+1.4 s` or `+3 min`. */
export function formatOffset(milliseconds: number): string {
  const whole = Math.max(0, Math.round(milliseconds));
  if (whole < 1000) return `+${whole} ms`;
  if (whole < 60_000) return `+${(whole / 1000).toFixed(1)} s`;
  return `+${formatNumber(Math.floor(whole / 60_000))} min ${Math.floor((whole % 60_000) / 1000)} s`;
}
