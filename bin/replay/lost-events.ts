import { randomUUID } from "node:crypto";
import { DescribeEventBusCommand, type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { type ChatEvent, markRepublished, toJson } from "../../events/chat-event.ts";
import { createEvent } from "../../events/create-event.ts";
import { type Forwarding, maxBodyBytes } from "../../events/forwarding.ts";
import { messageGroupId } from "../../events/identity.ts";
import { isEvent } from "../../functions/republish/standby-message.ts";
import { acceptUnsigned } from "../../tencent/authenticate.ts";
import { readCallback } from "../../tencent/callback.ts";
import { DEEPEST_ENVELOPE, type JsonObject, parseJsonObject } from "../../tencent/json.ts";

/** An event that stands in the log, and nowhere else. */
export interface LostEvent {
  readonly event: ChatEvent;
  /** Whether its callback was authenticated; if not, the event says so, too. */
  readonly verified: boolean;
}

/** A request as it is logged when nobody could judge it: its query's parameters, but for the signature, and its body. */
interface LoggedRequest {
  readonly receivedAt: string;
  readonly body: string;
  readonly sdkAppId?: string;
  readonly callbackCommand?: string;
  readonly optPlatform?: string;
  readonly requestId?: string;
}

/**
 * Finds the lost events in what the log gives out: its own lines, those with a time in front, as `aws logs tail` prints
 * them, and whatever JSON holds them as text, as the other commands and exports of CloudWatch Logs do.
 *
 * @param forwarding what becomes an event of requests nobody could judge, beside read reports
 */
export function readLostEvents(text: string, forwarding: Forwarding): LostEvent[] {
  const whole = parse(text.trim());
  if (whole !== undefined) return find(whole, forwarding);
  return text.split(/\n|\t(?=\{)/).flatMap((line) => find(line, forwarding));
}

/** How many lost events a text speaks of, in whatever form: more than are found means that some could not be read. */
export function countLostEvents(text: string): number {
  return Array.from(text.matchAll(MESSAGE)).length;
}

/** The messages under which events and requests are logged that are nowhere else. */
const MESSAGE =
  /an event could not be stored|the standby queue did not take a request|a callback was not processed: (?:the configuration is invalid|internal error)/g;

/** Sends an event to a queue as the function would have. */
export async function publishToQueue(client: SQSClient, queueUrl: string, event: ChatEvent): Promise<void> {
  const fifo = queueUrl.endsWith(".fifo") && {
    MessageGroupId: messageGroupId(event),
    MessageDeduplicationId: event.detail.metadata.deduplicationId,
  };
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: toJson(event), ...fifo }));
}

/**
 * Looks whether a bus exists: putting events on one that does not is answered with success.
 *
 * @throws {Error} EventBridge's, when there is none
 */
export async function findBus(client: EventBridgeClient, eventBusName: string): Promise<void> {
  await client.send(new DescribeEventBusCommand({ Name: eventBusName }));
}

/**
 * Puts an event on a bus as the function would have.
 *
 * @throws {Error} when EventBridge did not take it
 */
export async function publishToBus(client: EventBridgeClient, eventBusName: string, event: ChatEvent): Promise<void> {
  const { source: Source, detail, time, "detail-type": DetailType } = event;
  const entry = { EventBusName: eventBusName, Source, DetailType, Detail: toJson(detail), Time: new Date(time) };
  const { Entries: [result] = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }));
  if (!result?.EventId) {
    throw new Error(`EventBridge did not take an event: ${result?.ErrorCode} ${result?.ErrorMessage}`);
  }
}

function find(value: unknown, forwarding: Forwarding): LostEvent[] {
  if (typeof value === "string") {
    // From the first brace on that JSON begins with, which has few in front of it; in CSV, quotes are doubled.
    for (const { index } of value.matchAll(/\{/g).take(20)) {
      const json = value.slice(index, value.lastIndexOf("}") + 1);
      const content = parse(json) ?? parse(json.replaceAll('""', '"'));
      if (content !== undefined) return find(content, forwarding);
    }
    return [];
  }
  if (Array.isArray(value)) return joinPieces(value).flatMap((item) => find(item, forwarding));
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return [];
  const { level, message, event, request } = value as Readonly<Record<string, unknown>>;
  if (level === undefined || message === undefined) return find(Object.values(value), forwarding);
  // A line of the log. What else may stand in it is somebody else's words.
  if (!new RegExp(`^(?:${MESSAGE.source})$`).test(String(message))) return [];
  if (isEvent(event ?? {})) return [{ event: markRepublished(event as ChatEvent), verified: true }];
  const made = isRequest(request) ? toEvent(request, forwarding) : undefined;
  return made === undefined ? [] : [{ event: markRepublished(made), verified: false }];
}

/**
 * Of log events, puts together the lines that came in pieces: Lambda's log may cut one of more than 64 KiB, and what follows in
 * its stream is the rest of it.
 */
function joinPieces(items: readonly unknown[]): unknown[] {
  const open = new Map<unknown, string>();
  return items.map((item) => {
    const { logStreamName: stream, message } = (item ?? {}) as { logStreamName?: unknown; message?: unknown };
    if (typeof stream !== "string" || typeof message !== "string") return item;
    const isBeginning = message.startsWith('{"timestamp"');
    const begun = isBeginning ? "" : open.get(stream);
    open.delete(stream);
    if (begun === undefined || parse(message) !== undefined) return item;
    const text = `${begun}${message}`;
    if (parse(text) !== undefined) return text;
    open.set(stream, text);
    return undefined;
  });
}

/** Any JSON, its numbers as they are written; `undefined` for what is none. */
function parse(text: string): unknown {
  try {
    return (parseJsonObject(`{"value":${text}}`, DEEPEST_ENVELOPE) as JsonObject & { value: unknown }).value;
  } catch {
    return undefined;
  }
}

function isRequest(value: unknown): value is LoggedRequest {
  const { receivedAt, body } = (value ?? {}) as Partial<LoggedRequest>;
  return typeof receivedAt === "string" && typeof body === "string";
}

/** The event of a request nobody could judge, as of one that was accepted unsigned; `undefined` if none would be made of it. */
function toEvent({ body, receivedAt, ...parameters }: LoggedRequest, forwarding: Forwarding): ChatEvent | undefined {
  const request = acceptUnsigned({ parameters, body: Buffer.from(body) });
  try {
    // Without an SDKAppID it would have been refused, too.
    if (!parameters.sdkAppId) return undefined;
    const settings = { sdkAppId: parameters.sdkAppId, includeClientIp: false, forwarding };
    const receipt = { id: randomUUID(), account: "", region: "", receivedAt: Date.parse(receivedAt) };
    return createEvent(
      request,
      readCallback(request, maxBodyBytes(request.parameters.callbackCommand, forwarding)),
      settings,
      receipt,
    );
  } catch {
    // It would have been refused.
    return undefined;
  }
}
