import * as v from "valibot";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { type ChatEvent, isReadEvent, type ReadEvent } from "./chat-event.ts";
import { envelopeSchema, forwardedEventSchema, readEventSchema } from "./event-schema.ts";

/** What an event may come in: a record of a Lambda on a queue, a message of `ReceiveMessage`, or the event of a bus. */
export type EventCarrier = string | object;

/** Thrown for what is no event of this project, or one of a version that this release does not know. */
export class ChatEventError extends Error {
  override readonly name = "ChatEventError";
  /** Where it is wrong, such as `detail.data.LastReadTime`; empty when all of it is. */
  readonly path: string;

  /**
   * @param path where it is wrong
   * @param problem what is wrong, without any of the event's contents
   */
  constructor(path: string, problem: string) {
    super(`This is no chat event: ${path === "" ? "" : `${path} `}${problem}`);
    this.path = path;
  }
}

/**
 * Reads the event of a read report, wherever it comes from.
 *
 * @param carrier what {@link parseChatEvent} takes
 * @returns the event, with all fields that it has, also those that this release does not know
 * @throws {ChatEventError} naming the first field that is wrong, and what was expected; also for other callbacks' events
 */
export function parseReadEvent(carrier: EventCarrier): ReadEvent {
  const event = parseChatEvent(carrier);
  if (isReadEvent(event)) return event;
  throw new ChatEventError("detail-type", `expected ${READ_REPORT_COMMAND}; parseChatEvent reads those of others`);
}

/**
 * Reads an event of any callback, wherever it comes from.
 *
 * @param carrier a record of a Lambda on a queue (`body`), a message of SQS's `ReceiveMessage` (`Body`), an event of
 *   EventBridge, or a JSON text
 * @returns the event, with all fields that it has, also those that this release does not know: a read report's, which
 *   `isReadEvent` tells from those of other callbacks that the operator may forward
 * @throws {ChatEventError} naming the first field that is wrong, and what was expected
 */
export function parseChatEvent(carrier: EventCarrier): ChatEvent {
  const event = unwrap(carrier);
  const isRead = (event as { "detail-type"?: unknown } | null)?.["detail-type"] === READ_REPORT_COMMAND;
  for (const schema of [envelopeSchema, isRead ? readEventSchema : forwardedEventSchema]) {
    const result = v.safeParse<v.GenericSchema>(schema, event, { abortEarly: true });
    if (result.success) continue;
    const [issue] = result.issues;
    const path = v.getDotPath(issue) ?? "";
    throw new ChatEventError(path, issue.input === undefined ? "is missing" : issue.message);
  }
  // Not a schema's copy, which lacks fields with names such as `constructor`.
  return event as ChatEvent;
}

function unwrap(carrier: unknown): unknown {
  if (typeof carrier === "string") return parseJson(carrier);
  if (typeof carrier !== "object" || carrier === null) {
    throw new ChatEventError("", "expected an SQS record or message, an EventBridge event, or a JSON text");
  }
  if ("detail-type" in carrier) return carrier;
  const { body, Body = body } = carrier as { readonly body?: unknown; readonly Body?: unknown };
  if (typeof Body === "string") return parseJson(Body);
  if ("Records" in carrier) throw new ChatEventError("", "it is a batch: give each of its Records");
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
