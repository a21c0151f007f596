import * as v from "valibot";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import type { ChatEvent, ReadEvent } from "./chat-event.ts";
import { envelope, forwardedEvent, readEvent } from "./event-schema.ts";

/**
 * What delivers an event: a record of a Lambda function on a queue (`body`), a message of SQS's `ReceiveMessage` (`Body`),
 * an event of EventBridge, or a JSON text.
 */
export type EventCarrier = string | object;

/** Thrown for input that is not an event of this project, or has a schema version that this release does not know. */
export class ChatEventError extends Error {
  override readonly name = "ChatEventError";
  /** The wrong field, such as `detail.data.LastReadTime`; empty if the whole input is wrong. */
  readonly path: string;

  /**
   * @param path the wrong field
   * @param problem what is wrong with it, without any of the event's content
   */
  constructor(path: string, problem: string) {
    super(`Not a valid chat event: ${path === "" ? "" : `${path} `}${problem}`);
    this.path = path;
  }
}

/** The result of a `safeParse…` function. */
export type SafeParseResult<Event> =
  | { readonly success: true; readonly event: Event }
  | { readonly success: false; readonly error: ChatEventError };

/**
 * Parses the event of any callback.
 *
 * @returns the event with all its fields, including those that this release does not know. Its `detail-type` tells a read
 *   report from other callbacks, which only arrive if the operator forwards them
 * @throws {ChatEventError} naming the first wrong field and what was expected, but none of the event's content
 * @example
 * ```ts
 * import { parseChatEvent, READ_REPORT_COMMAND } from "tencent-chat-events/events";
 *
 * export function describe(record: { readonly body: string }): string {
 *   const event = parseChatEvent(record);
 *   if (event["detail-type"] === READ_REPORT_COMMAND) {
 *     return `${event.detail.data.Report_Account} read up to ${event.detail.data.LastReadTime}`;
 *   }
 *   return `${event["detail-type"]} arrived`;
 * }
 * ```
 */
export function parseChatEvent(carrier: EventCarrier): ChatEvent {
  const event = unwrap(carrier);
  const isReadReport = (event as { "detail-type"?: unknown } | null)?.["detail-type"] === READ_REPORT_COMMAND;
  for (const schema of [envelope, isReadReport ? readEvent : forwardedEvent]) {
    const result = v.safeParse<v.GenericSchema>(schema, event, { abortEarly: true });
    if (result.success) continue;
    const [issue] = result.issues;
    throw new ChatEventError(v.getDotPath(issue) ?? "", issue.input === undefined ? "is missing" : issue.message);
  }
  // Not valibot's copy, which lacks fields with names such as `constructor`.
  return event as ChatEvent;
}

/**
 * Parses the event of a read report.
 *
 * @returns the event with all its fields, including those that this release does not know
 * @throws {ChatEventError} as {@link parseChatEvent} does, and for the events of other callbacks
 * @example
 * ```ts
 * import { parseReadEvent } from "tencent-chat-events/events";
 *
 * export function handler({ Records }: { readonly Records: readonly { readonly body: string }[] }): void {
 *   for (const record of Records) {
 *     const { Report_Account, Peer_Account, LastReadTime } = parseReadEvent(record).detail.data;
 *     console.log(`${Report_Account} read what ${Peer_Account} wrote up to ${new Date(LastReadTime * 1000).toISOString()}`);
 *   }
 * }
 * ```
 */
export function parseReadEvent(carrier: EventCarrier): ReadEvent {
  const event = parseChatEvent(carrier);
  if (event["detail-type"] === READ_REPORT_COMMAND) return event;
  throw new ChatEventError("detail-type", `expected ${READ_REPORT_COMMAND}; parseChatEvent accepts other commands`);
}

/**
 * Parses the event of any callback, as {@link parseChatEvent} does, without throwing.
 *
 * @example
 * ```ts
 * import { safeParseChatEvent } from "tencent-chat-events/events";
 *
 * const result = safeParseChatEvent('{"source":"somebody.else"}');
 * if (!result.success) console.warn(result.error.path, result.error.message);
 * ```
 */
export function safeParseChatEvent(carrier: EventCarrier): SafeParseResult<ChatEvent> {
  return attempt(parseChatEvent, carrier);
}

/**
 * Parses the event of a read report, as {@link parseReadEvent} does, without throwing.
 *
 * @example
 * ```ts
 * import { safeParseReadEvent } from "tencent-chat-events/events";
 *
 * export function lastReadTime(message: { readonly Body?: string }): number | undefined {
 *   const result = safeParseReadEvent(message);
 *   return result.success ? result.event.detail.data.LastReadTime : undefined;
 * }
 * ```
 */
export function safeParseReadEvent(carrier: EventCarrier): SafeParseResult<ReadEvent> {
  return attempt(parseReadEvent, carrier);
}

function attempt<Event>(parse: (carrier: EventCarrier) => Event, carrier: EventCarrier): SafeParseResult<Event> {
  try {
    return { success: true, event: parse(carrier) };
  } catch (error) {
    if (error instanceof ChatEventError) return { success: false, error };
    throw error;
  }
}

function unwrap(carrier: unknown): unknown {
  if (typeof carrier === "string") return parseJson(carrier);
  if (typeof carrier !== "object" || carrier === null) {
    throw new ChatEventError("", "expected an SQS record or message, an EventBridge event, or a JSON text");
  }
  if ("detail-type" in carrier) return carrier;
  const { body, Body = body } = carrier as { readonly body?: unknown; readonly Body?: unknown };
  if (typeof Body === "string") return parseJson(Body);
  if ("Records" in carrier) throw new ChatEventError("", "it is a batch: pass each of its Records");
  throw new ChatEventError("", "it has neither detail-type, as an event does, nor a body, as an SQS record does");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // V8's message quotes the text, which is personal data.
    throw new ChatEventError("", "the text is not JSON");
  }
}
