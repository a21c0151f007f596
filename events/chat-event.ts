import type { Authentication } from "../tencent/authenticate.ts";
import type { DocumentedCommand, READ_REPORT_COMMAND } from "../tencent/commands.ts";
import type { ReadReport } from "../tencent/read-report.ts";

/** The `source` of every event: the first field that a rule on the bus matches. */
export const EVENT_SOURCE = "tencent.chat";

/** The version of `detail`. It changes when consumers have to change. */
export const SCHEMA_VERSION = "1";

/** Facts about a callback that its body does not contain. JSON omits what Tencent did not send. */
export interface ChatEventMetadata {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** 64 hex digits, the same however often the same callback arrives: the key to recognise repeats by. */
  readonly deduplicationId: string;
  readonly sdkAppId: string;
  /** Tencent's own id of the request, for tracing. */
  readonly requestId?: string | undefined;
  /** `RESTAPI`, `Web`, `Android`, `iOS`, `Windows`, `Mac`, `iPad`, `Unknown`, …: an open set. */
  readonly optPlatform?: string | undefined;
  /** The address of the client that caused the callback, as Tencent saw it. The operator may leave it out. */
  readonly clientIp?: string | undefined;
  /** `none` where the operator accepts unsigned callbacks. */
  readonly authentication: Authentication;
  /** When the callback was received, as an ISO 8601 time with milliseconds. */
  readonly receivedAt: string;
  /** Set on an event that waited on the standby queue, or was replayed from the log. */
  readonly republished?: true;
}

/** The JSON that every consumer receives, from a bus or a queue: EventBridge's envelope. */
export interface Envelope<Command extends string, Data> {
  readonly version: "0";
  /** Fresh for each event. Recognise repeats by `detail.metadata.deduplicationId`. */
  readonly id: string;
  readonly source: typeof EVENT_SOURCE;
  /** Tencent's `CallbackCommand`. */
  readonly "detail-type": Command;
  readonly account: string;
  readonly region: string;
  readonly resources: readonly string[];
  /** When the callback was received, as an ISO 8601 time in whole seconds. */
  readonly time: string;
  readonly detail: {
    readonly metadata: ChatEventMetadata;
    /** The callback's body under Tencent's names. */
    readonly data: Data;
  };
}

/** The event of a read report: a one-to-one conversation was marked as read. */
export interface ReadEvent extends Envelope<typeof READ_REPORT_COMMAND, ReadReport> {}

/**
 * Every documented command but the read report. Operators may also forward commands that are newer than this release, so
 * give a `switch` over `detail-type` a default case.
 */
export type ForwardedCommand = Exclude<DocumentedCommand, typeof READ_REPORT_COMMAND>;

/**
 * The event of any other callback that the operator forwards, with its body exactly as received.
 *
 * @example
 * ```ts
 * import type { ForwardedEvent } from "tencent-chat-events/events";
 *
 * // Describe the fields that you use; Tencent's documentation of the command lists them all.
 * type MessageSent = ForwardedEvent<"C2C.CallbackAfterSendMsg", { readonly From_Account: string; readonly MsgKey: string }>;
 * const describe = ({ detail }: MessageSent): string => `${detail.data.From_Account} sent ${detail.data.MsgKey}`;
 * ```
 */
export interface ForwardedEvent<Command extends string = ForwardedCommand, Data = ForwardedCallback>
  extends Envelope<Command, Data> {}

/** The body of a forwarded callback. Tencent's documentation of the command describes its fields. */
export interface ForwardedCallback {
  /** The event's `detail-type`. `ContentCallback.ResultNotify` has none; `Push.*` has one in each of its `Events`. */
  readonly CallbackCommand?: string;
  readonly [field: string]: unknown;
}

/** Every event that the destination may deliver. `detail-type` tells them apart. */
export type ChatEvent = ReadEvent | ForwardedEvent;
