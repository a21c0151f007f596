/** A Unix time from mid-2017 to 2033 in seconds, or in milliseconds: no other number of a documented body is in these ranges. */
const UNIX_TIME = /(?<!\d)1[5-9]\d{8}(\d{3})?(?!\d)/g;

/**
 * Replaces all times in the body of a documented callback, as in `EventTime`, `MsgTime` and at the end of a `MsgKey`. With the
 * documented times, a FIFO queue would drop every event but the first of five minutes as a duplicate.
 *
 * @param now Unix milliseconds; a time in seconds becomes the second that it is in
 */
export function withFreshTimes(body: object, now: number): Readonly<Record<string, unknown>> {
  const fresh = JSON.stringify(body).replace(UNIX_TIME, (_time, milliseconds?: string) =>
    String(milliseconds === undefined ? Math.floor(now / 1000) : now),
  );
  return JSON.parse(fresh) as Record<string, unknown>;
}
