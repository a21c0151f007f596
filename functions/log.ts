/** Lambda's log levels that are in use here. */
type Level = "INFO" | "WARN" | "ERROR";

/**
 * Writes one line of JSON to the log. `timestamp` and `level` are the names by which Lambda filters
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html).
 *
 * @param fields what else there is to say; never a token, a `Sign` or a query string
 */
export function log(level: Level, message: string, fields: object = {}): void {
  // Past `console`, whose lines Lambda would wrap once more.
  process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, message, ...fields })}\n`);
}

/** An error's own words. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
