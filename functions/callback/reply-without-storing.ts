import { type Reply, replyOk, replyUnavailable } from "../../tencent/reply.ts";
import type { Accepted, Unjudged } from "../judge-callback.ts";

/**
 * The reply to a request that should be stored and is not: a 503, unless a user is waiting, who should not suffer for it.
 *
 * @param problem why it is not stored, in words that are fit for a reply
 */
export function replyWithoutStoring({ isUserWaiting, resultItems }: Accepted | Unjudged, problem: string): Reply {
  return isUserWaiting ? replyOk(resultItems) : replyUnavailable(problem);
}
