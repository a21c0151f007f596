/** A Unix time from mid-2017 to 2033 in seconds, or in milliseconds: no other number of a documented body is in these ranges. */
const UNIX_TIME = /(?<!\d)1[5-9]\d{8}(?:\d{3})?(?!\d)/g;

/**
 * Replaces all times in the body of a documented callback, as in `EventTime`, `MsgTime` and at the end of a `MsgKey`. With the
 * documented times, a FIFO queue would drop every event but the first of five minutes as a duplicate.
 *
 * @param now Unix milliseconds; a time in seconds becomes the second that it is in
 */
export function withFreshTimes(body: object, now: number): Readonly<Record<string, unknown>> {
  const json = JSON.stringify(body);
  return JSON.parse(refreshTimes(json, json, now)) as Record<string, unknown>;
}

/**
 * Replaces the times in a JSON text that were made of a sample, and keeps those that were changed since.
 *
 * @param now Unix milliseconds; a time in seconds becomes the second that it is in
 */
export function refreshTimes(json: string, sample: string, now: number): string {
  const times = new Set(sample.match(UNIX_TIME));
  return json.replace(UNIX_TIME, (time) =>
    times.has(time) ? String(time.length === 10 ? Math.floor(now / 1000) : now) : time,
  );
}
