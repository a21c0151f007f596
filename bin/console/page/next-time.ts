let last = 0;

/**
 * The current time in Unix milliseconds, but at least a second later than the last one: only `LastReadTime`, in seconds,
 * tells apart two read reports without an `EventTime`.
 */
export function nextTime(): number {
  last = Math.max(Date.now(), last + 1000);
  return last;
}
