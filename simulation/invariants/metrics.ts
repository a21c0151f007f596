import type { EnvironmentRecord } from "../history.ts";
import type { Answered, Facts } from "./facts.ts";
import { isRefused, isRelayed, readHandlersReply } from "./handler-replies.ts";
import type { Promises } from "./promise.ts";
import { isCountedAsRelayed } from "./relay.ts";

/** How long counts may wait to be written; an environment that ends takes them with it. */
const UNWRITTEN_MS = 60_000;

/** A metric, and the replies that it counts. */
interface CountedReplies {
  readonly metric: string;
  readonly counts: (answer: Answered, facts: Facts) => boolean | "maybe";
}

const COUNTED: readonly CountedReplies[] = [
  {
    metric: "Accepted",
    counts: (answer) => {
      const { callback, result } = answer;
      if (callback.origin === "forged" || !callback.isEvent || isRefused(answer)) return false;
      // The reply says nothing about the event.
      if (callback.isUserWaiting) return "maybe";
      return result.statusCode === 200;
    },
  },
  { metric: "Refused", counts: isRefused },
  {
    metric: "NotStored",
    counts: ({ callback, result }) =>
      result.body.includes("could not be stored") || (callback.isUserWaiting && "maybe"),
  },
  { metric: "Relayed", counts: (answer, facts) => isCountedAsRelayed(answer, facts) || mayBeRelayed(answer) },
  {
    metric: "RelayFailed",
    counts(answer, facts) {
      const { isAccepting } = readHandlersReply(answer);
      if (isAccepting) return false;
      return isAccepting === false && isCountedAsRelayed(answer, facts) ? true : mayBeRelayed(answer);
    },
  },
];

/** What operators see. */
export const METRICS: Promises = {
  *"Metrics count what happened, but for the last minute of an environment"(facts) {
    const { answered } = facts;
    for (const [environment, answers] of Map.groupBy(answered, ({ invocation }) => invocation.environment)) {
      if (environment.isMisconfigured) continue;
      for (const { metric, counts } of COUNTED) {
        const logged = sumOf(metric, environment);
        const certain = answers.filter((answer) => counts(answer, facts) === true);
        const possible = answers.filter((answer) => counts(answer, facts) === "maybe").length + unfinished(environment);
        const end = environment.invocations.findLast(({ outcome }) => outcome === "returned")?.startedAt ?? 0;
        const written = certain.filter(({ invocation }) => (invocation.endedAt ?? 0) < end - UNWRITTEN_MS);
        const isRight = written.length <= logged && logged <= certain.length + possible;
        yield isRight
          ? undefined
          : `environment ${environment.id} counted ${logged} ${metric} instead of ${written.length} to ${certain.length + possible}`;
      }
    }
  },
};

/** A callback that the function could not judge is relayed, but not counted. */
function mayBeRelayed(answer: Answered): "maybe" | false {
  return answer.callback.origin === "genuine" && isRelayed(answer) && !isRefused(answer) && "maybe";
}

/** Invocations that ended before they returned, but may have counted. */
function unfinished({ invocations }: EnvironmentRecord): number {
  return invocations.filter(({ outcome }) => outcome !== "returned").length;
}

function sumOf(metric: string, { lines }: EnvironmentRecord): number {
  let sum = 0;
  for (const { text } of lines) {
    if (!text.includes('"message":"metrics"')) continue;
    const value = (JSON.parse(text) as Record<string, unknown>)[metric];
    if (typeof value === "number") sum += value;
  }
  return sum;
}
