import type { Authentication } from "../tencent/authenticate.ts";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
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
export interface Envelope<Command extends string, Data> {
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

/**
 * Any other callback that the operator forwards, with its body exactly as it came. The parameters are for consumers who
 * describe the callbacks that they get.
 */
export interface ForwardedEvent<Command extends string = string, Data = ForwardedCallback>
  extends Envelope<Command, Data> {}

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

/** The same event, saying that it was delayed. */
export function markRepublished(event: ChatEvent): ChatEvent {
  return { ...event, detail: { ...event.detail, metadata: { ...event.detail.metadata, republished: true } } };
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
