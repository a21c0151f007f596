import type { CallRecord } from "../history.ts";
import type { ServiceFaultName } from "../plan.ts";
import type { Answered } from "./facts.ts";
import { handlerUntil, isUnhurried, leavesVerdict } from "./handler-replies.ts";
import type { Promises } from "./promise.ts";

/** Faults of the existing handler by which a reply never comes. */
const TIME_OUTS: ReadonlySet<string> = new Set<ServiceFaultName>([
  "never answers",
  "never connects",
  "stops within the answer",
]);

/** How long replies take: from the start of the invocation, so without a cold start. */
export const TIME: Promises = {
  *"Every reply comes within 4 s"({ answered }) {
    for (const answer of answered) yield later(answer, 4_000);
  },

  *"An OK comes within 0.7 s if no call fails, or one is stuck"({ answered }) {
    for (const answer of answered) {
      if (answer.result.statusCode === 200 && hasQuickServices(answer) && !isHandlerFaulty(answer))
        yield later(answer, 700);
    }
  },

  *"An existing handler that fails delays a reply until 1.6 s at most, or 2.1 s where only its own counts and no user waits"({
    answered,
  }) {
    for (const answer of answered) {
      // Someone else's request is relayed only if it cannot be judged.
      if (answer.callback.origin === "forged" || !hasQuickServices(answer)) continue;
      if (isHandlerFaulty(answer)) yield later(answer, handlerUntil(answer));
    }
  },

  *"A time-out of the existing handler stays one, unless an event was stored or a user waits"({ answered }) {
    for (const answer of answered) {
      const { callback, invocation } = answer;
      const fault = invocation.relayed.at(-1)?.fault;
      if (fault === undefined || !TIME_OUTS.has(fault) || !isUnhurried(answer)) continue;
      yield duration(answer) < 2_000 ? `${callback.key} got its failure after ${duration(answer)} ms` : undefined;
    }
  },

  *"A callback is answered OK within 1.9 s if only the destination fails"({ answered }) {
    for (const answer of answered) {
      const { callback, result } = answer;
      const isStoring =
        callback.origin === "genuine" && callback.isEvent && (result.statusCode === 200 || isNotStored(answer));
      // A queue as destination shares its host with standby, and so its connections.
      const isOther = ({ target, operation }: CallRecord) => target !== "destination" || operation === "";
      if (!isStoring || faults(answer).some(isOther)) continue;
      yield result.statusCode === 200 ? later(answer, 1_900) : `${callback.key} got ${result.statusCode}`;
    }
  },

  *"A callback that could not be stored is tried until 3.5 s, so its error comes after Tencent's two seconds"({
    answered,
  }) {
    for (const answer of answered) {
      const { callback } = answer;
      if (!isNotStored(answer)) continue;
      yield duration(answer) < 3_500 ? `${callback.key} got its 503 after ${duration(answer)} ms` : undefined;
    }
  },

  *"A user's message is never blocked because it could not be stored"({ answered }) {
    for (const answer of answered) {
      const { callback, result } = answer;
      if (callback.origin !== "genuine" || !callback.isUserWaiting || leavesVerdict(answer)) continue;
      yield result.statusCode >= 500 ? `${callback.key} got ${result.statusCode}` : undefined;
    }
  },

  *"A user waits no longer than 1.9 s"({ answered }) {
    for (const answer of answered) if (answer.callback.isUserWaiting) yield later(answer, 1_900);
  },
};

function hasQuickServices(answer: Answered): boolean {
  return faults(answer).length <= 1;
}

function isHandlerFaulty({ invocation }: Answered): boolean {
  return invocation.relayed.some(({ fault }) => fault !== undefined);
}

function duration({ invocation }: Answered): number {
  return (invocation.endedAt ?? 0) - invocation.startedAt;
}

function later(answer: Answered, limit: number): string | undefined {
  const milliseconds = duration(answer);
  return milliseconds > limit
    ? `${answer.callback.key} got ${answer.result.statusCode} after ${milliseconds} ms`
    : undefined;
}

function faults({ invocation }: Answered): CallRecord[] {
  return invocation.calls.filter(({ fault }) => fault !== undefined);
}

function isNotStored({ result }: Answered): boolean {
  return result.statusCode === 503 && result.body.includes("could not be stored");
}
