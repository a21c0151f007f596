import { BATCH_SIZE, pacePerMessage, pauseAfter } from "../../functions/republish/pace.ts";

/** An outage of the destination, and how its messages are republished. Times are in seconds. */
export interface Outage {
  /** The environments of the republish function. */
  readonly concurrency: number;
  /** How many events a second go to standby during the outage. */
  readonly rate: number;
  readonly duration: number;
  /** The share of messages that fail during the outage. */
  readonly failing: number;
  /** Until a message fails. */
  readonly failsAfter: number;
  /** A batch without a failure. */
  readonly batch: number;
  /** Which messages SQS hands out first: it promises no order. */
  readonly first: "most tried" | "least tried";
}

/**
 * Simulates the standby queue during an outage and until it is empty again. Counts messages instead of keeping them, as there
 * are millions.
 */
export function simulateOutage({ concurrency, rate, duration, failing, failsAfter, batch, first }: Outage) {
  /** Visible messages by the number of times they were received. */
  const visible: number[] = [];
  /** Hidden ones, by the second in which they return, and again by the number of times. */
  const hidden = new Map<number, number[]>();
  const freeAt = Array.from({ length: concurrency }, () => 0);
  let [arrived, inFlight, mostInFlight, second, failures, received] = [0, 0, 0, 0, 0, 0];

  function advanceTo(now: number): void {
    const arrivals = Math.floor(rate * Math.min(now, duration)) - arrived;
    arrived += arrivals;
    add(visible, 0, arrivals);
    for (; second <= now; second += 1) {
      hidden.get(second)?.forEach((count, attempts) => {
        add(visible, attempts, count);
        inFlight -= count;
      });
      hidden.delete(second);
    }
  }

  /** Receives a batch: how many messages, by the number of times. */
  function receive(): number[] {
    const batchCounts: number[] = [];
    let room = BATCH_SIZE;
    for (let index = 0; index < visible.length && room > 0; index += 1) {
      const attempts = first === "least tried" ? index : visible.length - 1 - index;
      const taken = Math.min(room, visible[attempts] ?? 0);
      add(visible, attempts, -taken);
      add(batchCounts, attempts + 1, taken);
      room -= taken;
    }
    return batchCounts;
  }

  /** Hides the batch's share of failing messages, the most tried first. Returns how many those are. */
  function hideFailing(counts: number[], now: number): number {
    const size = counts.reduce((sum, count) => sum + count, 0);
    received += size;
    const staying = now < duration ? Math.min(size, Math.round(failing * received) - failures) : 0;
    failures = Math.round(failing * received);
    let remaining = staying;
    for (let attempts = counts.length - 1; remaining > 0; attempts -= 1) {
      const count = Math.min(remaining, counts[attempts] ?? 0);
      const until = Math.ceil(now + failsAfter + pauseAfter(attempts));
      if (count > 0) hidden.set(until, add(hidden.get(until) ?? [], attempts, count));
      remaining -= count;
    }
    inFlight += staying;
    return staying;
  }

  for (;;) {
    const now = Math.min(...freeAt);
    const environment = freeAt.indexOf(now);
    advanceTo(now);
    const counts = receive();
    if (counts.length === 0 && hidden.size === 0 && now >= duration) {
      return { mostInFlight, arrived, emptyAfter: Math.max(...freeAt) - duration };
    }
    const staying = hideFailing(counts, now);
    // The messages in the hands of the environments, including those just hidden, are in flight as well.
    mostInFlight = Math.max(mostInFlight, inFlight + concurrency * BATCH_SIZE);
    const paced = (staying * pacePerMessage(concurrency)) / 1000;
    freeAt[environment] = now + (counts.length === 0 ? 1 : Math.max(staying > 0 ? failsAfter : batch, paced));
  }
}

function add(counts: number[], index: number, count: number): number[] {
  if (count !== 0) counts[index] = (counts[index] ?? 0) + count;
  return counts;
}
