import type { EnvironmentRecord } from "../history.ts";
import type { Answered } from "./facts.ts";
import type { Promises } from "./promise.ts";

/** How long counts may wait to be written; an environment that ends takes them with it. */
const UNWRITTEN_MS = 60_000;

/** A metric, and the replies that it counts. */
interface CountedReplies {
  readonly metric: string;
  readonly counts: (answer: Answered) => boolean | "maybe";
}

const COUNTED: readonly CountedReplies[] = [
  {
    metric: "Accepted",
    counts: ({ callback, result }) => {
      if (callback.origin === "forged" || !callback.isEvent || result.statusCode !== 200) return false;
      // A user gets OK even if the event is not stored.
      return callback.isUserWaiting ? "maybe" : true;
    },
  },
  { metric: "Refused", counts: ({ result }) => result.statusCode >= 400 && result.statusCode < 500 },
  {
    metric: "NotStored",
    counts: ({ callback, result }) =>
      result.body.includes("could not be stored") || (callback.isUserWaiting && "maybe"),
  },
];

/** What operators see. */
export const METRICS: Promises = {
  *"Metrics count what happened, but for the last minute of an environment"({ answered }) {
    for (const [environment, answers] of Map.groupBy(answered, ({ invocation }) => invocation.environment)) {
      if (environment.isMisconfigured) continue;
      for (const { metric, counts } of COUNTED) {
        const logged = sumOf(metric, environment);
        const certain = answers.filter((answer) => counts(answer) === true);
        const possible = answers.filter((answer) => counts(answer) === "maybe").length + unfinished(environment);
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
