import type { EnvironmentRecord } from "../history.ts";

/** Lambda may cut a longer line into several log events (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html). */
const LONGEST_LOG_EVENT = 64 * 1024;

/**
 * Formats the functions' logs as `aws logs filter-log-events --output json` prints them.
 *
 * @param from the first time to include, in Unix milliseconds
 * @param until the first time after those
 */
export function formatLog(environments: readonly EnvironmentRecord[], from: number, until: number): string {
  const lines = environments.flatMap(({ id, lines: all }) =>
    all
      .filter(({ at }) => from <= at && at < until)
      .map(({ at, text }) => ({ at, text, logStreamName: `environment ${id}` })),
  );
  lines.sort((one, other) => one.at - other.at);
  const events = lines.flatMap(({ text, logStreamName }) => cut(text).map((message) => ({ logStreamName, message })));
  return JSON.stringify({ events: events.map((event, index) => ({ eventId: String(index), ...event })) });
}

function cut(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; start += LONGEST_LOG_EVENT) {
    pieces.push(text.slice(start, start + LONGEST_LOG_EVENT));
  }
  return pieces;
}
