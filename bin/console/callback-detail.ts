import { maskFor, maskQuery, maskText } from "../shared/mask-secrets.ts";
import type { CallbackRecord } from "./callback-record.ts";
import { listChecks } from "./checks.ts";
import type { CallbackDetail, Verdict } from "./protocol.ts";
import { describeRelay, isHandlersTurn } from "./relayed.ts";
import { decide } from "./verdict.ts";

/** How much of a body is shown. */
const SHOWN_BYTES = 64 * 1024;

/** A verdict as a sentence about one callback. */
const CONCLUSIONS: Readonly<Record<Verdict, string>> = {
  "in flight": "The function has not replied yet.",
  stored: "Its event is at the destination.",
  refused: "It was not acceptable, so Tencent got an error and nothing was stored.",
  acknowledged: "It is genuine and becomes no event, so Tencent got OK.",
  standby: "It waits on the standby queue until the republish function can put it back.",
  log: "Only the function's log has it. Replay puts it back.",
  failed: "Tencent got an error, and nothing was kept.",
};

/** The same for callbacks to which the existing handler replies. */
const HANDLER_CONCLUSIONS: Readonly<Partial<Record<Verdict, string>>> = {
  acknowledged: "It becomes no event, so Tencent got the handler's reply.",
  failed: "The handler failed, so Tencent got an error, as it would without this endpoint.",
};

function conclude(record: CallbackRecord): string {
  const { verdict } = record.row;
  return (isHandlersTurn(record) && HANDLER_CONCLUSIONS[verdict]) || CONCLUSIONS[verdict];
}

/** Describes all that is known about a callback but its signature. */
export function describeCallback(record: CallbackRecord): CallbackDetail {
  const { row, method, path, rawQueryString, body, bodyBytes, reply, event, history } = record;
  const mask = maskFor(rawQueryString);
  const handler = describeRelay(record, mask);
  return {
    ...row,
    conclusion: conclude(record),
    method,
    path: maskText(path),
    query: maskQuery(rawQueryString),
    body: mask(body.toString("utf8", 0, SHOWN_BYTES)),
    bodyBytes,
    checks: listChecks(decide(record)),
    ...(reply && { reply: { statusCode: reply.statusCode, body: mask(reply.body) } }),
    ...(handler && { handler }),
    ...(event !== undefined && { event: mask(event) }),
    history: history.map(({ at, text, times }) => ({ at, text: times === 1 ? text : `${text} (${times} times)` })),
  };
}
