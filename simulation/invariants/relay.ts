import { isDeepStrictEqual } from "node:util";
import { HANDLER_URL } from "../existing-handler.ts";
import type { RelayRecord } from "../history.ts";
import type { CallbackKind } from "../plan.ts";
import type { Answered, Facts } from "./facts.ts";
import {
  isHandlersReply,
  isRefused,
  isRelayed,
  isUnhurried,
  leavesVerdict,
  readHandlersReply,
} from "./handler-replies.ts";
import type { Promises } from "./promise.ts";

/** The line about a callback that the existing handler did not accept. */
const NOT_ACCEPTED = '"message":"the existing handler did not accept a callback"';

/** Callbacks whose content is not as documented. */
const ODD: ReadonlySet<string> = new Set<CallbackKind>([
  "read report in a new format",
  "read report that is too large",
  "read report that is cut off",
]);

/** Promises about relaying: requests to the existing handler, and its replies. */
export const RELAY: Promises = {
  *"A relayed callback reaches the existing handler as it was sent, unless there is no connection"({ answered }) {
    for (const answer of answered) {
      const { relayed } = answer.invocation;
      for (const { request } of relayed) {
        if (request !== undefined) yield findDifference(answer, request);
      }
      if (answer.callback.origin !== "genuine" || !isRelayed(answer) || mayBeRefused(answer) || relayed.length > 0)
        continue;
      yield `${answer.callback.key} (${answer.callback.variant}) did not reach the handler`;
    }
  },

  *"A callback is relayed once, or twice if a connection that was kept open is closed"({ history }) {
    for (const { invocations } of history.environments) {
      for (const { relayed } of invocations) {
        const [first, second, third] = relayed.filter(({ request }) => request !== undefined);
        if (first === undefined) continue;
        const isClosed = first.request?.isReused && first.answer?.content === "reset";
        yield third || (second && !isClosed) ? `the handler got a callback ${relayed.length} times` : undefined;
      }
    }
  },

  *"Nothing else reaches the existing handler: no refused request, no Verify, no command that is not on the list"({
    answered,
  }) {
    for (const answer of answered) {
      if (isRelayed(answer) && !isRefused(answer)) continue;
      const { callback, invocation, result } = answer;
      yield invocation.relayed.length > 0
        ? `${callback.key} (${callback.variant}) got ${result.statusCode}, and reached the handler`
        : undefined;
    }
  },

  *"A relayed before-callback gets the existing handler's reply, or a failure"({ answered }) {
    for (const answer of answered) {
      if (answer.callback.isUserWaiting && leavesVerdict(answer) && !isRefused(answer)) yield findOtherReply(answer);
    }
  },

  *"A relayed after-callback that becomes no event gets the existing handler's reply, or a failure"({ answered }) {
    for (const answer of answered) {
      if (isUnhurried(answer) && isRelayed(answer) && !isRefused(answer)) yield findOtherReply(answer);
    }
  },

  *"A relayed callback that the existing handler does not accept is logged, and no other"(facts) {
    for (const answer of facts.answered) {
      const { invocation, callback } = answer;
      const { isAccepting } = readHandlersReply(answer);
      if (!isCountedAsRelayed(answer, facts) || isAccepting === undefined) continue;
      const { environment, startedAt, endedAt = startedAt } = invocation;
      const isLogged = environment.lines.some(
        ({ at, text }) => startedAt < at && at <= endedAt && text.includes(NOT_ACCEPTED),
      );
      if (isLogged === isAccepting)
        yield `${callback.key} was ${isAccepting ? "accepted, but is" : "not accepted, and is not"} in the log`;
      else yield undefined;
    }
  },
};

/** Whether the metrics count a callback as relayed: the function knows that it is genuine. */
export function isCountedAsRelayed(answer: Answered, { plan }: Pick<Facts, "plan">): boolean {
  const canJudge = plan.serviceFaults.every(({ target }) => target !== "secret");
  const { callback, invocation } = answer;
  if (!canJudge || invocation.environment.isMisconfigured) return false;
  return callback.origin === "genuine" && isRelayed(answer) && !isRefused(answer);
}

/** Whether a genuine callback was refused and may be: for its age, its token or its content. */
function mayBeRefused(answer: Answered): boolean {
  return isRefused(answer) && (answer.result.statusCode === 401 || ODD.has(answer.callback.variant));
}

function findDifference(
  { callback, attempt }: Answered,
  { method, path, headers, body }: NonNullable<RelayRecord["request"]>,
): string | undefined {
  const expected = {
    method: "POST",
    path: `${HANDLER_URL.pathname}?${attempt.query}`,
    headers: { "content-type": attempt.contentType },
    body: callback.body,
  };
  const isSame = isDeepStrictEqual({ method, path, headers, body }, expected);
  return isSame ? undefined : `${callback.key} differs from what was sent`;
}

/** Finds a reply that is neither the existing handler's nor a failure in its place. */
function findOtherReply(answer: Answered): string | undefined {
  const { callback, result } = answer;
  const { isValid } = readHandlersReply(answer);
  if (isHandlersReply(answer) && isValid !== false) return undefined;
  // The function's own 502 is right only if there is no reply that it could pass on.
  if (isValid) return `${callback.key} got ${result.statusCode}, although the handler had replied`;
  return result.statusCode < 500 ? `${callback.key} got ${result.statusCode}, without the handler` : undefined;
}
