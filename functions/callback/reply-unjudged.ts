import { permitUnjudged } from "../../tencent/callback.ts";
import { type Reply, replyOk, replyUnavailable } from "../../tencent/reply.ts";
import { readRequest } from "../../tencent/request.ts";
import type { Invocation } from "../invocation.ts";

/**
 * The reply to a request that could not be judged: 503, but for a before-callback, whose user shall not pay for it.
 *
 * @param explanation why it could not be judged, without any secret
 */
export function replyUnjudged(invocation: Invocation, explanation: string): Reply {
  try {
    const permission = permitUnjudged(readRequest(invocation));
    if (permission) return replyOk(permission.resultItems);
  } catch {
    // No callback at all, such as a test event of Lambda's console.
  }
  return replyUnavailable(explanation);
}
