import type { InvocationRecord } from "../history.ts";
import type { CallbackKind } from "../plan.ts";
import { canClockFail, isSignedWith, isWithinLimits } from "./exceptions.ts";
import type { Promises } from "./promise.ts";

/** How long a service may take to carry out a call that the function gave up. */
const LATEST_ARRIVAL_MS = 35_000;

/** By how much a message that stays prolongs an invocation, with the default `republishConcurrency`. */
const PACE_MS = 41;

/** Lines about what was not stored. */
const LOST = /"message":"(an event could not be stored|a request could not be judged)"/;

/** The line about a dead letter, and the errors that pass. */
const DEAD_LETTER = "a message can never be published and went to the dead letters";
const TEMPORARY =
  /"error":"(NetworkError|Throttl|TooMany|Internal|ServiceUnavailable|InvalidResponse|AccessDenied|ExpiredToken)/;

/** Callbacks with nothing wrong. */
const VALID: ReadonlySet<string> = new Set<CallbackKind>(["read report", "forwarded callback"]);

/** How fast a request may travel that has not expired, with the clock of an edge up to 45 s behind. */
const PROMPT_MS = 10_000;

/** What happens to messages that wait on standby. */
export const STANDBY: Promises = {
  *"The log has only what standby did not take"({ history }) {
    for (const { functionName, isMisconfigured, invocations, lines } of history.environments) {
      if (functionName !== "callback" || isMisconfigured) continue;
      const times = lines.filter(({ text }) => LOST.test(text)).map(({ at }) => at);
      if (times.length === 0) continue;
      for (const { startedAt, endedAt = 0, calls } of invocations) {
        // The line comes after a call, so not in the millisecond in which the next invocation starts.
        if (!times.some((at) => startedAt < at && at <= endedAt)) continue;
        const hasFailed = calls.some(
          ({ target, operation, fault }) => fault !== undefined && (target === "standby" || operation === ""),
        );
        yield hasFailed ? undefined : "something was logged as lost, although standby had not failed";
      }
    }
  },

  *"An event that waited says so"({ plan, arrivedByKey, history }) {
    // The rule of a bus may be late as well.
    if (plan.destination === "bus") return;
    for (const [key, [first]] of arrivedByKey) {
      const attempts = history.callbacks.get(key)?.attempts ?? [];
      const ends = attempts.map(({ invocation }) => invocation?.endedAt ?? Number.POSITIVE_INFINITY);
      if (first?.event === undefined || first.at < Math.max(...ends) + LATEST_ARRIVAL_MS) continue;
      yield first.event.detail.metadata.republished ? undefined : `${key} arrived late without being marked`;
    }
  },

  *"Only what can never be published becomes a dead letter at once"({ history }) {
    for (const { functionName, lines } of history.environments) {
      if (functionName !== "republish") continue;
      for (const { text } of lines) {
        if (text.includes(DEAD_LETTER)) yield TEMPORARY.test(text) ? text.slice(0, 300) : undefined;
      }
    }
  },

  *"A genuine request that waited to be judged becomes an event"(facts) {
    if (canClockFail(facts)) return;
    const { answered, arrivedByKey, logged, history } = facts;
    const current = history.tokens.at(-1)?.value ?? "";
    for (const { callback, attempt, invocation, result } of answered) {
      const isParked = callback.origin === "genuine" && callback.isEvent && result.body.includes("could not be read");
      if (!isParked || !VALID.has(callback.variant) || !isSignedWith(attempt.query, current)) continue;
      // A request that arrived late has expired.
      if (invocation.startedAt - attempt.sentAt > PROMPT_MS || logged.has(callback.key)) continue;
      const isGone = !isWithinLimits({ callback, attempt, invocation, result });
      yield arrivedByKey.has(callback.key) || isGone ? undefined : `${callback.key} never arrived`;
    }
  },

  *"A message that stays on standby is hidden"({ history }) {
    for (const { functionName, invocations, lines } of history.environments) {
      if (functionName !== "republish") continue;
      for (const invocation of invocations) {
        const staying = stayingOf(invocation);
        if (staying === 0) continue;
        const { calls, startedAt, endedAt = 0 } = invocation;
        const tried = calls.filter(({ operation }) => operation === "ChangeMessageVisibility" || operation === "");
        const isFaulty = calls.some(({ target, fault }) => target === "standby" && fault !== undefined);
        const failures = lines.filter(
          ({ at, text }) => startedAt <= at && at <= endedAt && text.includes("a message could not be hidden"),
        );
        const isRefused = failures.some(({ text }) => text.includes("InvalidParameterValue"));
        // A call over a dead connection does not reach SQS.
        if (tried.length + failures.length < staying) yield `${staying} messages stayed, ${tried.length} were hidden`;
        else yield isRefused && !isFaulty ? "SQS refused to hide a message for so long" : undefined;
      }
    }
  },

  *"A message that stays on standby prolongs its invocation by 42 ms"({ history }) {
    for (const { functionName, invocations } of history.environments) {
      if (functionName !== "republish") continue;
      for (const invocation of invocations) {
        const staying = stayingOf(invocation);
        if (staying === 0) continue;
        const duration = (invocation.endedAt ?? 0) - invocation.startedAt;
        yield duration < staying * PACE_MS ? `${staying} messages stayed after ${duration} ms` : undefined;
      }
    }
  },
};

/** How many messages an invocation of the republish function left on the queue. */
function stayingOf({ outcome, result }: InvocationRecord): number {
  if (outcome !== "returned") return 0;
  return (result as unknown as { readonly batchItemFailures: readonly unknown[] }).batchItemFailures.length;
}
