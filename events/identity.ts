import { hash } from "node:crypto";
import { orderingUnit, READ_REPORT_COMMAND } from "../tencent/commands.ts";
import type { JsonObject } from "../tencent/json.ts";
import type { ReadReport } from "../tencent/read-report.ts";
import { type ChatEvent, isReadEvent } from "./chat-event.ts";

/**
 * What tells a read report from others: the fields that Tencent documents, so that one that it adds some day makes no other
 * event of the same report; and nothing that differs when it arrives again (`RequestTime`, `Sign`, `RequestId`).
 *
 * @returns 64 hex digits
 */
export function readReportId(sdkAppId: string, report: ReadReport): string {
  const { Report_Account, Peer_Account, LastReadTime, UnreadMsgNum, EventTime } = report;
  const fields = [Report_Account, Peer_Account, LastReadTime, UnreadMsgNum ?? null, EventTime ?? null];
  return digest([sdkAppId, READ_REPORT_COMMAND, ...fields]);
}

/**
 * What tells any other callback from others of its command: the whole body, in whatever order the keys of its objects stand.
 * Numbers count as they are written, so that no two merge.
 *
 * @returns 64 hex digits
 */
export function callbackId(sdkAppId: string, command: string, body: JsonObject): string {
  return digest([sdkAppId, command, sortKeys(body)]);
}

/**
 * The unit within which the order of events matters: of reads, one direction of one conversation. What needs no order is a
 * unit of its own, in which SQS still recognises its repeats.
 *
 * @returns 64 hex digits: UserIDs may hold characters and lengths that SQS refuses in a `MessageGroupId`
 */
export function messageGroupId(event: ChatEvent): string {
  const { sdkAppId, deduplicationId } = event.detail.metadata;
  if (!isReadEvent(event)) {
    const unit = orderingUnit(event["detail-type"], event.detail.data);
    return digest([sdkAppId, unit.length === 0 ? deduplicationId : unit]);
  }
  const { Report_Account, Peer_Account } = event.detail.data;
  // Without its unit's name, as before there were others: a new version must not put a conversation into two groups.
  return digest([sdkAppId, Report_Account, Peer_Account]);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
  const object = value as JsonObject;
  const keys = Object.keys(object).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(object[key])]));
}

/** JSON keeps the parts apart, whatever separators they hold; and it escapes lone surrogates, which UTF-8 would merge. */
function digest(parts: readonly unknown[]): string {
  return hash("sha256", JSON.stringify(parts));
}
