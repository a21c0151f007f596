import { formatTime } from "./format-time.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** The longest text of a line. */
const WIDTH = 200;

/**
 * Formats a line of a trace, without secrets.
 *
 * @param time virtual milliseconds since the start of the run
 */
export function formatTraceLine(time: number, text: string): string {
  const shown = withoutSecrets(text);
  const cut = shown.length > WIDTH ? `${shown.slice(0, WIDTH)}…` : shown;
  return `${formatTime(time)}.${String(time % 1000).padStart(3, "0")}  ${cut}`;
}
