/** How many messages an invocation takes at most. */
export const BATCH_SIZE = 10;

/** How long a batch may try, in milliseconds. Nobody is waiting. */
export const ATTEMPT_MS = 5_000;

/** How long a message stays hidden after it failed, in seconds: twice as long each time, up to a quarter of an hour. */
const FIRST_PAUSE_S = 30;
const LONGEST_PAUSE_S = 900;

/** How many environments republish at a time, unless the operator chooses. */
export const DEFAULT_CONCURRENCY = 5;

/** The most environments that may republish at a time. */
export const MAX_CONCURRENCY = 60;

/**
 * The most messages that may be hidden at a time. They are in flight, and once 120,000 are, SQS hands out none
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html). The rest is for the messages
 * that the environments work on, and for those that Lambda receives in advance.
 */
const MOST_HIDDEN = 108_000;

/**
 * How many messages are in flight at most: those that fail within the longest pause, and up to a batch before and after those.
 *
 * @param concurrency how many environments republish at a time
 */
export function inFlightLimit(concurrency: number): number {
  return MOST_HIDDEN + concurrency * 2 * BATCH_SIZE;
}

/**
 * How long an invocation lasts at least for each message that stays on the queue, in milliseconds, so that no more than
 * {@link MOST_HIDDEN} stay within the longest pause.
 *
 * @param concurrency how many environments republish at a time
 */
export function pacePerMessage(concurrency: number): number {
  return (concurrency * LONGEST_PAUSE_S * 1000) / MOST_HIDDEN;
}

/**
 * How long to hide a message that stays on the queue, in seconds.
 *
 * @param attempts how often it was received, from 1
 */
export function pauseAfter(attempts: number): number {
  return Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempts - 1));
}

/**
 * Waits until an invocation has lasted long enough for the messages that stay on the queue. Otherwise a destination that
 * denies access would let so many messages fail and be hidden that SQS hands out none, even after it has recovered.
 *
 * @param startedAt when the invocation started: a `performance.now()` in milliseconds
 * @param staying how many of its messages stay
 * @param concurrency how many environments republish at a time
 */
export async function keepPace(startedAt: number, staying: number, concurrency: number): Promise<void> {
  const remaining = startedAt + staying * pacePerMessage(concurrency) - performance.now();
  if (remaining > 0) await new Promise((resolve) => setTimeout(resolve, remaining));
}
