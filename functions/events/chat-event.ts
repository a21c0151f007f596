import { hash } from "node:crypto";
import type { AuthenticatedRequest, Authentication } from "../tencent/authenticate.ts";
import type { Callback } from "../tencent/callback.ts";
import { orderingUnit, READ_REPORT_COMMAND } from "../tencent/commands.ts";
import type { Forwarding } from "../tencent/forwarding.ts";
import type { JsonObject } from "../tencent/json.ts";
import type { ReadReport } from "../tencent/read-report.ts";

/** The `source` of every event: what a rule on the bus matches first. */
export const EVENT_SOURCE = "tencent.chat";

/** The version of `detail`; it changes when a consumer would have to change. */
export const SCHEMA_VERSION = "1";

/** What we know about a callback beside what it says. JSON leaves out what Tencent did not send. */
export interface ChatEventMetadata {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** 64 hex digits, the same whenever and however often the same callback arrives: the consumer's idempotency key. */
  readonly deduplicationId: string;
  readonly sdkAppId: string;
  /** Tencent's own id of the request, for tracing. */
  readonly requestId?: string | undefined;
  /** `RESTAPI`, `Web`, `Android`, `iOS`, `Windows`, `Mac`, `iPad`, `Unknown`, …: an open set. */
  readonly optPlatform?: string | undefined;
  /** Address of the client that caused the callback, as Tencent saw it; not there if the operator leaves it out. */
  readonly clientIp?: string | undefined;
  /** `none` where the operator accepts unsigned callbacks. */
  readonly authentication: Authentication;
  /** When the callback was received, as an ISO 8601 time with milliseconds. */
  readonly receivedAt: string;
  /** Set on an event that waited on the standby queue, or was put back from the log. */
  readonly republished?: true;
}

/** The JSON every consumer gets: EventBridge's envelope, whether it came over a bus or a queue. */
interface Envelope<Command extends string, Data> {
  readonly version: "0";
  /** Fresh for each event, so no idempotency key: that is `detail.metadata.deduplicationId`. */
  readonly id: string;
  readonly source: typeof EVENT_SOURCE;
  /** Tencent's `CallbackCommand`. */
  readonly "detail-type": Command;
  readonly account: string;
  readonly region: string;
  readonly resources: readonly string[];
  /** When the callback was received, as an ISO 8601 time with whole seconds. */
  readonly time: string;
  readonly detail: {
    readonly metadata: ChatEventMetadata;
    /** The callback's body under Tencent's names. */
    readonly data: Data;
  };
}

/** A one-to-one conversation was marked as read. */
export interface ReadEvent extends Envelope<typeof READ_REPORT_COMMAND, ReadReport> {}

/** Any other callback that the operator forwards, with its body exactly as it came. */
export interface ForwardedEvent extends Envelope<string, ForwardedCallback> {}

/** A forwarded callback's body. Its fields are in Tencent's documentation of its command. */
export interface ForwardedCallback {
  /** The event's `detail-type`; `ContentCallback.ResultNotify` has none, `Push.*` has one in each of its `Events`. */
  readonly CallbackCommand?: string;
  readonly [field: string]: unknown;
}

/** What may come out of the destination. */
export type ChatEvent = ReadEvent | ForwardedEvent;

/** Tells a read report's event from a forwarded one. */
export function isReadEvent(event: ChatEvent): event is ReadEvent {
  return event["detail-type"] === READ_REPORT_COMMAND;
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
  /** Whether they hold the client's address. */
  readonly includeClientIp: boolean;
  /** What becomes an event beside the read report. */
  readonly forwarding: Forwarding;
}

/**
 * Makes the event of a callback.
 *
 * @param request the request that carried the callback
 * @param callback the callback
 * @param settings what the operator wants
 * @param receipt where and when it was received
 * @returns `undefined` for what becomes no event: a Verify, and commands that are not forwarded
 */
export function createEvent(
  request: AuthenticatedRequest,
  callback: Callback,
  settings: EventSettings,
  receipt: Receipt,
): ChatEvent | undefined {
  if (callback.kind === "read-report") {
    return envelop(request, READ_REPORT_COMMAND, callback.report, readIdentity(callback.report), settings, receipt);
  }
  if (callback.kind === "verify" || !settings.forwarding.has(callback.command)) return undefined;
  const { command, data } = callback;
  return envelop(request, command, data, [sortKeys(data)], settings, receipt);
}

/**
 * Puts what is known of a callback around it.
 *
 * @param identity what tells it from others of its command, and is the same whenever it arrives again: nothing of the
 *   query (`RequestTime`, `Sign`, `RequestId`)
 */
function envelop<Command extends string, Data>(
  { parameters, authentication }: AuthenticatedRequest,
  command: Command,
  data: Data,
  identity: readonly unknown[],
  { sdkAppId, includeClientIp }: EventSettings,
  { id, account, region, receivedAt }: Receipt,
): Envelope<Command, Data> {
  const receivedAtText = new Date(receivedAt).toISOString();
  return {
    version: "0",
    id,
    source: EVENT_SOURCE,
    "detail-type": command,
    account,
    region,
    resources: [],
    time: `${receivedAtText.slice(0, "YYYY-MM-DDTHH:MM:SS".length)}Z`,
    detail: {
      metadata: {
        schemaVersion: SCHEMA_VERSION,
        deduplicationId: digest([sdkAppId, command, ...identity]),
        sdkAppId,
        requestId: parameters.requestId || undefined,
        optPlatform: parameters.optPlatform || undefined,
        clientIp: (includeClientIp && parameters.clientIp) || undefined,
        authentication,
        receivedAt: receivedAtText,
      },
      data,
    },
  };
}

/** The same event, saying that it was delayed. */
export function markRepublished(event: ChatEvent): ChatEvent {
  return { ...event, detail: { ...event.detail, metadata: { ...event.detail.metadata, republished: true } } };
}

/**
 * The unit within which the order of events matters: of reads, one direction of one conversation.
 *
 * @returns 64 hex digits: UserIDs may hold characters and lengths that SQS refuses in a `MessageGroupId`
 */
export function messageGroupId(event: ChatEvent): string {
  const { metadata, data } = event.detail;
  return isReadEvent(event)
    ? digest([metadata.sdkAppId, event.detail.data.Report_Account, event.detail.data.Peer_Account])
    : digest([metadata.sdkAppId, orderingUnit(event["detail-type"], data)]);
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

/** What Tencent documents of a read report: a field that it adds one day does not make another event of it. */
function readIdentity({ Report_Account, Peer_Account, LastReadTime, UnreadMsgNum, EventTime }: ReadReport) {
  return [Report_Account, Peer_Account, LastReadTime, UnreadMsgNum ?? null, EventTime ?? null];
}

/** A parsed JSON value in which the order of an object's keys no longer says anything; numbers stay as they were written. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
  const object = value as JsonObject;
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, sortKeys(object[key])]),
  );
}

/** JSON keeps the parts apart, whatever separators they hold; and it escapes lone surrogates, which UTF-8 would merge. */
function digest(parts: readonly unknown[]): string {
  return hash("sha256", JSON.stringify(parts));
}
