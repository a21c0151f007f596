import type { History } from "../history.ts";
import { canClockFail, isSignedWith } from "./exceptions.ts";
import type { Answered } from "./facts.ts";
import type { Promises } from "./promise.ts";

/** For how long a failed read of the token counts at most, in milliseconds. */
const LONGEST_PAUSE_MS = 5_000;

/** When the token can be read, and what happens when it cannot. */
export const TOKEN: Promises = {
  *"A failed read of the token counts for five seconds at most"(facts) {
    // A clock that is set back prolongs the pause.
    if (canClockFail(facts)) return;
    for (const answer of facts.answered) {
      if (!isUnjudged(answer)) continue;
      const { environment, startedAt } = answer.invocation;
      const calls = [...environment.startCalls, ...environment.invocations.flatMap((invocation) => invocation.calls)];
      const hasFailed = calls.some(
        ({ target, fault, at }) =>
          target === "secret" && fault !== undefined && at >= startedAt - LONGEST_PAUSE_MS && at <= endOf(answer),
      );
      yield hasFailed ? undefined : `${answer.callback.key} was not judged, although no read had failed`;
    }
  },

  *"The last known token stays in use while it cannot be read"({ answered, history }) {
    for (const [, answers] of Map.groupBy(answered, ({ invocation }) => invocation.environment)) {
      for (const answer of answers) {
        if (answer.callback.origin !== "genuine" || !isUnjudged(answer)) continue;
        yield answers.some((earlier) => hasAccepted(earlier, answer, history))
          ? `${answer.callback.key} was not judged, although its token was known`
          : undefined;
      }
    }
  },
};

function isUnjudged({ result }: Answered): boolean {
  return result.body.includes("the token could not be read");
}

/** Whether an environment had accepted the newest token earlier, and no newer one was stored since. */
function hasAccepted(earlier: Answered, later: Answered, { tokens }: History): boolean {
  const { callback, result, attempt, invocation } = earlier;
  if (callback.origin !== "genuine" || !callback.isEvent || callback.isUserWaiting || result.statusCode !== 200)
    return false;
  if (endOf(earlier) > later.invocation.startedAt) return false;
  const newest = tokens.findLast(({ storedAt }) => storedAt <= later.invocation.startedAt);
  if (newest === undefined || newest.storedAt > invocation.startedAt) return false;
  // One that was made current again may have been accepted as the previous one.
  if (tokens.filter(({ value }) => value === newest.value).length > 1) return false;
  return isSignedWith(attempt.query, newest.value) && isSignedWith(later.attempt.query, newest.value);
}

function endOf({ invocation }: Answered): number {
  return invocation.endedAt ?? Number.POSITIVE_INFINITY;
}
