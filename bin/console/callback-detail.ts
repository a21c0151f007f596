import type { CallbackRecord } from "./callback-record.ts";
import { listChecks } from "./checks.ts";
import { maskFor, maskQuery, maskText } from "./mask-secrets.ts";
import type { CallbackDetail } from "./protocol.ts";
import { decide } from "./verdict.ts";

/** How much of a body is shown. */
const SHOWN_BYTES = 64 * 1024;

/** Describes all that is known about a callback but its signature. */
export function describeCallback(record: CallbackRecord): CallbackDetail {
  const { row, method, path, rawQueryString, body, bodyBytes, reply, event, history } = record;
  const mask = maskFor(rawQueryString);
  return {
    ...row,
    method,
    path: maskText(path),
    query: maskQuery(rawQueryString),
    body: mask(body.toString("utf8", 0, SHOWN_BYTES)),
    bodyBytes,
    checks: listChecks(decide(record)),
    ...(reply && { reply: { statusCode: reply.statusCode, body: mask(reply.body) } }),
    ...(event !== undefined && { event: mask(event) }),
    history: [...history],
  };
}
