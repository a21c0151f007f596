import { isDeepStrictEqual } from "node:util";
import { endOf, type ServiceFaultName } from "../plan.ts";
import { STARTS_AT } from "../world.ts";
import { isRefusable, isWithinLimits } from "./exceptions.ts";
import type { Answered, Facts } from "./facts.ts";
import type { Promises } from "./promise.ts";

const MINUTE = 60_000;

/** Within which a FIFO queue has each event once. */
const WINDOW = 5 * MINUTE;

/**
 * How long an event may take that waits on standby, from when the faults are over: a message is hidden for up to a quarter of an
 * hour, and an environment that ends with a batch returns it after three minutes.
 */
const LONGEST_WAIT = 25 * MINUTE;

/** What happens to callbacks that become events. */
export const DELIVERY: Promises = {
  *"Every OK reaches the destination, within its time"({ plan, answered, arrivedByKey, history }) {
    // What the destination called invalid is a dead letter until the operator moves it back.
    const moves = plan.operator.filter(({ kind }) => kind === "moves dead letters back").map(({ at }) => at);
    const healedAt = STARTS_AT + Math.max(endOf([...plan.serviceFaults, ...plan.lambdaFaults]), ...moves);
    for (const { callback, invocation, result } of answered) {
      if (!isStored({ callback, result })) continue;
      const [first] = arrivedByKey.get(callback.key) ?? [];
      const latest = Math.max(invocation.endedAt ?? 0, healedAt) + LONGEST_WAIT;
      if (first === undefined) yield `${callback.key} (${callback.variant}) never arrived`;
      else if (first.at > latest && first.at < history.recoveredAt)
        yield `${callback.key} arrived ${(first.at - latest) / 1000} s too late`;
      else yield undefined;
    }
  },

  *"Every genuine callback that is not answered OK is kept whole"(facts) {
    for (const answer of facts.answered) {
      const { callback, result } = answer;
      if (callback.origin !== "genuine" || !callback.isEvent || result.statusCode === 200) continue;
      if (isRefusable(answer, facts) || !isWithinLimits(answer)) continue;
      yield isKept(callback.key, facts)
        ? undefined
        : `${callback.key} (${callback.variant}) got ${result.statusCode} and is gone`;
    }
  },

  *"No OK without AWS's confirmation that the event is stored"({ answered }) {
    for (const { callback, invocation, result } of answered) {
      if (!isStored({ callback, result })) continue;
      const isConfirmed = invocation.calls.some(({ operation, fault }) => operation !== "" && mayConfirm(fault));
      yield isConfirmed ? undefined : `${callback.key} got OK, but no call succeeded`;
    }
  },

  *"An event goes straight to the destination if at most one call fails, and not for good"({ answered }) {
    for (const { callback, invocation, result } of answered) {
      if (!isStored({ callback, result })) continue;
      const faults = invocation.calls.flatMap(({ target, fault }) => (fault === undefined ? [] : [{ target, fault }]));
      const isHarmless = ({ target, fault }: (typeof faults)[number]) =>
        target !== "secret" && !PERMANENT_FAULTS.has(fault);
      if (faults.length > 1 || !faults.every(isHarmless)) continue;
      // A connection to the destination's queue counts as one to standby, as they share it.
      const isParked = invocation.calls.some(({ target, operation }) => target === "standby" && operation !== "");
      yield isParked ? `${callback.key} went to standby` : undefined;
    }
  },

  *"Only callbacks that are forwarded become events"({ arrivals, history }) {
    for (const { key = "" } of arrivals) {
      const sent = history.callbacks.get(key);
      if (sent) yield sent.isEvent ? undefined : `${key} (${sent.variant}) arrived`;
    }
  },

  *"Every event that arrives is whole"({ arrivals, history }) {
    for (const { key, event, body } of arrivals) {
      const sent = history.callbacks.get(key ?? "");
      if (event === undefined) yield `consumers cannot parse ${body.slice(0, 200)}`;
      else if (sent === undefined) yield `nobody sent ${key}`;
      else
        yield isDeepStrictEqual(event.detail.data, JSON.parse(sent.body))
          ? undefined
          : `${key} differs from what was sent`;
    }
  },

  *"A FIFO queue has each event once within five minutes"({ plan, arrivedByKey }) {
    if (plan.destination !== "fifo") return;
    for (const [key, all] of arrivedByKey) {
      const arrivals = all.filter(({ isMovedBack }) => !isMovedBack);
      const again = arrivals.find(
        (arrival, index) => arrival.at - (arrivals[index - 1]?.at ?? Number.NEGATIVE_INFINITY) < WINDOW,
      );
      yield again ? `${key} is there twice` : undefined;
    }
  },

  *"The events of a group belong to one unit of order"({ arrivals, history }) {
    const units = new Map<string, string>();
    for (const { key = "", group } of arrivals) {
      const unit = history.callbacks.get(key)?.unit;
      if (group === undefined || unit === undefined) continue;
      const other = units.get(group) ?? unit;
      units.set(group, unit);
      yield other === unit ? undefined : `${unit} shares a group with ${other}`;
    }
  },

  *"A FIFO queue keeps the order within a group, except across standby"(facts) {
    if (facts.plan.destination !== "fifo") return;
    const direct = facts.answered.filter((answer) => isStoredDirectly(answer, facts));
    for (const [unit, answers] of Map.groupBy(direct, ({ callback }) => callback.unit)) {
      const endedAt = ({ invocation }: Answered) => invocation.endedAt ?? 0;
      const byEnd = answers.toSorted((one, other) => endedAt(one) - endedAt(other));
      let ended = 0;
      let last: Answered | undefined;
      for (const answer of answers.toSorted((one, other) => one.attempt.sentAt - other.attempt.sentAt)) {
        // Of callbacks that are under way at the same time, any may be the first.
        for (let next = byEnd[ended]; next && endedAt(next) <= answer.attempt.sentAt; next = byEnd[ended]) {
          if (!last || receivedAt(next, facts) > receivedAt(last, facts)) last = next;
          ended += 1;
        }
        if (last === undefined) continue;
        yield receivedAt(last, facts) > receivedAt(answer, facts)
          ? `${answer.callback.key} overtook ${last.callback.key} (${unit})`
          : undefined;
      }
    }
  },
};

/** Faults after which a call may still succeed. */
const DELAYS: ReadonlySet<string> = new Set<ServiceFaultName>([
  "answers after 300 ms",
  "is slow",
  "is carried out late",
  "gets slower and slower",
]);

function mayConfirm(fault: string | undefined): boolean {
  return fault === undefined || DELAYS.has(fault);
}

/** Faults after which the same call would fail again. */
const PERMANENT_FAULTS: ReadonlySet<string> = new Set<ServiceFaultName>([
  "answers 400, invalid",
  "answers 403, access denied",
  "answers 403, credentials expired",
  "never takes some of the messages",
]);

/** Whether a reply means that an event is stored. */
function isStored({ callback, result }: Pick<Answered, "callback" | "result">): boolean {
  return callback.origin === "genuine" && callback.isEvent && !callback.isUserWaiting && result.statusCode === 200;
}

function isKept(key: string, { arrivedByKey, logged, leftBehind }: Facts): boolean {
  return arrivedByKey.has(key) || logged.has(key) || leftBehind.has(key);
}

/** Whether a callback's event went straight to the destination, and nowhere else. */
function isStoredDirectly(answer: Answered, { arrivedByKey, logged }: Facts): boolean {
  const { callback, invocation } = answer;
  const arrivals = arrivedByKey.get(callback.key) ?? [];
  const [first] = arrivals;
  if (!isStored(answer) || callback.attempts.length > 1 || arrivals.length > 1 || logged.has(callback.key))
    return false;
  return first !== undefined && first.at <= (invocation.endedAt ?? 0) && !first.event?.detail.metadata.republished;
}

/** The position at which a consumer first received a callback's event. One that failed it again and again may lose the order. */
function receivedAt({ callback }: Answered, { receivedByKey }: Facts): number {
  return receivedByKey.get(callback.key) ?? Number.NaN;
}
