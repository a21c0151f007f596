import { hash } from "node:crypto";
import type { AuthenticatedRequest, Authentication } from "../tencent/authenticate.ts";
import type { ReadReport } from "../tencent/read-report.ts";

/** The `source` of every event: what a rule on the bus matches first. */
export const EVENT_SOURCE = "tencent.chat";

/** The version of `detail`; it changes when a consumer would have to change. */
export const SCHEMA_VERSION = "1";

/** What we know about a callback beside what it says. JSON leaves out what Tencent did not send. */
export interface ChatEventMetadata {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** 64 hex digits, the same whenever and however often the same report arrives: the consumer's idempotency key. */
  readonly deduplicationId: string;
  readonly sdkAppId: string;
  /** Tencent's own id of the request, for tracing. */
  readonly requestId?: string | undefined;
  /** `RESTAPI`, `Web`, `Android`, `iOS`, `Windows`, `Mac`, `iPad`, `Unknown`, …: an open set. */
  readonly optPlatform?: string | undefined;
  /** Address of the client that read the message, as Tencent saw it; not there if the operator leaves it out. */
  readonly clientIp?: string | undefined;
  /** `none` where the operator accepts unsigned callbacks. */
  readonly authentication: Authentication;
  /** When the callback was received, as an ISO 8601 time with milliseconds. */
  readonly receivedAt: string;
  /** Set on an event that waited on the standby queue, or was put back from the log. */
  readonly republished?: true;
}

/** The JSON every consumer gets: EventBridge's envelope, whether it came over a bus or a queue. */
export interface ChatEvent {
  readonly version: "0";
  /** Fresh for each event, so no idempotency key: that is `detail.metadata.deduplicationId`. */
  readonly id: string;
  readonly source: typeof EVENT_SOURCE;
  /** Tencent's `CallbackCommand`. */
  readonly "detail-type": ReadReport["CallbackCommand"];
  readonly account: string;
  readonly region: string;
  readonly resources: readonly string[];
  /** When the callback was received, as an ISO 8601 time with whole seconds. */
  readonly time: string;
  readonly detail: {
    readonly metadata: ChatEventMetadata;
    /** The callback's body under Tencent's names. */
    readonly data: ReadReport;
  };
}

/** Where and when a callback was received. */
export interface Receipt {
  /** UUID for this one event. */
  readonly id: string;
  /** AWS account and region that received it. */
  readonly account: string;
  readonly region: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}

/** What the operator says about events. */
export interface EventSettings {
  /** The app whose callbacks they are. */
  readonly sdkAppId: string;
  /** Whether they hold the reader's address. */
  readonly includeClientIp: boolean;
}

/**
 * Makes the event of a read report.
 *
 * @param request the request that carried the report
 * @param report the report
 * @param settings what the operator wants
 * @param receipt where and when it was received
 */
export function createReadEvent(
  { parameters, authentication }: AuthenticatedRequest,
  report: ReadReport,
  { sdkAppId, includeClientIp }: EventSettings,
  { id, account, region, receivedAt }: Receipt,
): ChatEvent {
  const receivedAtText = new Date(receivedAt).toISOString();
  return {
    version: "0",
    id,
    source: EVENT_SOURCE,
    "detail-type": report.CallbackCommand,
    account,
    region,
    resources: [],
    time: `${receivedAtText.slice(0, "YYYY-MM-DDTHH:MM:SS".length)}Z`,
    detail: {
      metadata: {
        schemaVersion: SCHEMA_VERSION,
        deduplicationId: deduplicationId(sdkAppId, report),
        sdkAppId,
        requestId: parameters.requestId || undefined,
        optPlatform: parameters.optPlatform || undefined,
        clientIp: (includeClientIp && parameters.clientIp) || undefined,
        authentication,
        receivedAt: receivedAtText,
      },
      data: report,
    },
  };
}

/** The same event, saying that it was delayed. */
export function markRepublished(event: ChatEvent): ChatEvent {
  return { ...event, detail: { ...event.detail, metadata: { ...event.detail.metadata, republished: true } } };
}

/**
 * The unit within which the order of events matters: one direction of one conversation.
 *
 * @returns 64 hex digits: UserIDs may hold characters and lengths that SQS refuses in a `MessageGroupId`
 */
export function messageGroupId({ detail: { metadata, data } }: ChatEvent): string {
  return digest([metadata.sdkAppId, data.Report_Account, data.Peer_Account]);
}

/**
 * An event, its detail, or anything else, as JSON text that SQS accepts.
 *
 * SQS refuses U+FFFE and U+FFFF even inside JSON, so they are written as escapes; `JSON.stringify` does that by itself
 * for control characters and lone surrogates.
 */
export function toJson(value: object): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/** Over what the report says and nothing that differs when it arrives again (`RequestTime`, `Sign`, `RequestId`). */
function deduplicationId(sdkAppId: string, report: ReadReport): string {
  const { CallbackCommand, Report_Account, Peer_Account, LastReadTime, UnreadMsgNum, EventTime } = report;
  return digest([
    sdkAppId,
    CallbackCommand,
    Report_Account,
    Peer_Account,
    LastReadTime,
    UnreadMsgNum ?? null,
    EventTime ?? null,
  ]);
}

/** JSON keeps the parts apart, whatever separators they hold; and it escapes lone surrogates, which UTF-8 would merge. */
function digest(parts: readonly (string | number | null)[]): string {
  return hash("sha256", JSON.stringify(parts));
}
