import { hash } from "node:crypto";
import { orderingUnit, READ_REPORT_COMMAND } from "../tencent/commands.ts";
import type { JsonObject } from "../tencent/json.ts";
import type { ReadReport } from "../tencent/read-report.ts";
import type { ChatEvent } from "./chat-event.ts";

/**
 * The `deduplicationId` of a read report. Hashes the documented fields only, so a new field does not change the id, and
 * nothing that differs between two deliveries of one report (`RequestTime`, `Sign`, `RequestId`).
 *
 * @returns 64 hex digits
 */
export function readReportId(sdkAppId: string, report: ReadReport): string {
  const { Report_Account, Peer_Account, LastReadTime, UnreadMsgNum, EventTime } = report;
  const fields = [Report_Account, Peer_Account, LastReadTime, UnreadMsgNum ?? null, EventTime ?? null];
  return digest([sdkAppId, READ_REPORT_COMMAND, ...fields]);
}

/**
 * The `deduplicationId` of any other callback. Hashes the whole body, whatever the order of its keys; numbers count as
 * written, so that no two different ones merge.
 *
 * @returns 64 hex digits
 */
export function callbackId(sdkAppId: string, command: string, body: JsonObject): string {
  return digest([sdkAppId, command, sortKeys(body)]);
}

/**
 * The unit within which the order of events matters: for reads, one direction of one conversation. An event that needs no
 * order is a unit of its own, so that SQS still recognises its duplicates.
 *
 * @returns 64 hex digits, because UserIDs may contain characters and have lengths that a `MessageGroupId` may not
 */
export function messageGroupId(event: ChatEvent): string {
  const { sdkAppId, deduplicationId } = event.detail.metadata;
  if (event["detail-type"] === READ_REPORT_COMMAND) {
    const { Report_Account, Peer_Account } = event.detail.data;
    // Without a unit's name, unlike below: a group of read reports holds nothing else.
    return digest([sdkAppId, Report_Account, Peer_Account]);
  }
  return digest([sdkAppId, orderingUnit(event["detail-type"], event.detail.data) ?? deduplicationId]);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
  const object = value as JsonObject;
  const keys = Object.keys(object).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(object[key])]));
}

/** JSON separates the parts unambiguously, and escapes lone surrogates, which UTF-8 would merge. */
function digest(parts: readonly unknown[]): string {
  return hash("sha256", JSON.stringify(parts));
}
