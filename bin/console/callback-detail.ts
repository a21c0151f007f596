import type { CallbackRecord } from "./callback-record.ts";
import { listChecks } from "./checks.ts";
import { maskFor, maskQuery, maskText } from "./mask-secrets.ts";
import type { CallbackDetail, Verdict } from "./protocol.ts";
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

/** Describes all that is known about a callback but its signature. */
export function describeCallback(record: CallbackRecord): CallbackDetail {
  const { row, method, path, rawQueryString, body, bodyBytes, reply, event, history } = record;
  const mask = maskFor(rawQueryString);
  return {
    ...row,
    conclusion: CONCLUSIONS[row.verdict],
    method,
    path: maskText(path),
    query: maskQuery(rawQueryString),
    body: mask(body.toString("utf8", 0, SHOWN_BYTES)),
    bodyBytes,
    checks: listChecks(decide(record)),
    ...(reply && { reply: { statusCode: reply.statusCode, body: mask(reply.body) } }),
    ...(event !== undefined && { event: mask(event) }),
    history: history.map(({ at, text, times }) => ({ at, text: times === 1 ? text : `${text} (${times} times)` })),
  };
}
