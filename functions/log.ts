/** The log levels of Lambda that are used here. */
type Level = "INFO" | "WARN" | "ERROR";

// Node.js writes to a pipe later if it has more than the pipe's 64 KiB (https://nodejs.org/api/process.html#a-note-on-process-io),
// and a process that is killed before loses the rest: 7 of 10 lines of 240 KB were cut. So writing blocks, as that of Lambda's
// own logger does. Node.js has no public way to ask for it (https://github.com/nodejs/node/issues/6379).
(process.stdout as { _handle?: { setBlocking?(isBlocking: boolean): void } })._handle?.setBlocking?.(true);

/** How every line begins. No line contains this anywhere else. */
export const LINE_START = '{"timestamp":';

/**
 * Writes one line of JSON to the log. Lambda filters by `timestamp` and `level`
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html).
 *
 * @param fields further fields, but never a token, a `Sign` or a query string
 * @returns the line
 */
export function log(level: Level, message: string, fields: object = {}): string {
  const line = JSON.stringify({ timestamp: new Date().toISOString(), level, message, ...fields });
  // Lambda may cut a long line, anywhere. What a sender wrote must not make the rest look like a line of its own, so a nested
  // object's key is escaped; a parser reads the same.
  const rest = line.slice(LINE_START.length).replaceAll(LINE_START, '{"\\u0074imestamp":');
  const text = `${LINE_START}${rest}\n`;
  // Not `console.log`, whose lines Lambda would wrap in another object.
  process.stdout.write(text);
  return text;
}

/** The message of an error. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
