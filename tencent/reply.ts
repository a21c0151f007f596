import type { Refusal } from "./refusal.ts";

/** A reply in the form that an HTTP API expects from a function. */
export interface Reply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The verdict on one account, which `Sns.CallbackPrev*` callbacks require: `ResultCode` 0 allows. */
export interface ResultItem {
  readonly To_Account: string;
  readonly ResultCode: 0;
  readonly ResultInfo: "";
}

// Tencent treats anything but a 200 with a JSON body as a failure (https://www.tencentcloud.com/document/product/1047/34354).
const HEADERS = { "content-type": "application/json" };

/**
 * The reply that means "received", and "stored" if the callback becomes an event. To a before-callback it means "allowed".
 *
 * @param resultItems the verdict on each account, for the commands whose reply requires it
 */
export function replyOk(resultItems?: readonly ResultItem[]): Reply {
  const body = { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "", ...(resultItems && { ResultItem: resultItems }) };
  return { statusCode: 200, headers: HEADERS, body: JSON.stringify(body) };
}

/** The reply to a refused callback: its status, and its reason in words. */
export function replyRefused(refusal: Refusal): Reply {
  return replyFail(refusal.statusCode, refusal.message);
}

/**
 * The reply to a callback that was neither refused nor stored.
 *
 * @param explanation the reason in words, without any secret
 */
export function replyUnavailable(explanation: string): Reply {
  return replyFail(503, explanation);
}

/** The explanation in {@link replyHandlerFailed}: `npm run doctor` recognises it. */
export const HANDLER_FAILED = "the existing handler gave no valid reply";

/** The reply in place of the existing handler's: Tencent sees a failure, as it would without this endpoint. */
export function replyHandlerFailed(): Reply {
  return replyFail(502, HANDLER_FAILED);
}

/**
 * The existing handler's reply, as Tencent would see it.
 *
 * @param body JSON
 */
export function replyAsHandler(statusCode: number, body: string): Reply {
  return { statusCode, headers: HEADERS, body };
}

function replyFail(statusCode: number, errorInfo: string): Reply {
  const body = { ActionStatus: "FAIL", ErrorCode: 1, ErrorInfo: errorInfo };
  return { statusCode, headers: HEADERS, body: JSON.stringify(body) };
}
