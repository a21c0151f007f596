import { randomUUID } from "node:crypto";
import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import {
  type ChatEvent,
  createReadEvent,
  markRepublished,
  messageGroupId,
  toJson,
} from "../functions/events/chat-event.ts";
import { acceptUnsigned } from "../functions/tencent/authenticate.ts";
import { readCallback } from "../functions/tencent/callback.ts";
import { type JsonObject, parseJsonObject } from "../functions/tencent/json.ts";

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
 */
export function readLostEvents(text: string): LostEvent[] {
  const whole = parse(text);
  if (whole !== undefined) return find(whole);
  return text.split(/\n|\t(?=\{)/).flatMap((line) => find(line));
}

/** Sends an event to a queue as the function would have. */
export async function publishToQueue(client: SQSClient, queueUrl: string, event: ChatEvent): Promise<void> {
  const fifo = queueUrl.endsWith(".fifo") && {
    MessageGroupId: messageGroupId(event),
    MessageDeduplicationId: event.detail.metadata.deduplicationId,
  };
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: toJson(event), ...fifo }));
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
  if (!result?.EventId)
    throw new Error(`EventBridge did not take an event: ${result?.ErrorCode} ${result?.ErrorMessage}`);
}

function find(value: unknown): LostEvent[] {
  if (typeof value === "string") {
    const content = parse(value.slice(value.indexOf("{"), value.lastIndexOf("}") + 1));
    return content === undefined ? [] : find(content);
  }
  if (Array.isArray(value)) return value.flatMap(find);
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return [];
  const { event, request } = value as { readonly event?: unknown; readonly request?: unknown };
  if (isEvent(event)) return [{ event: markRepublished(event), verified: true }];
  if (isRequest(request)) return toEvents(request).map((made) => ({ event: markRepublished(made), verified: false }));
  return Object.values(value).flatMap(find);
}

/** Any JSON, its numbers as they are written; `undefined` for what is none. */
function parse(text: string): unknown {
  try {
    return (parseJsonObject(`{"value":${text}}`) as JsonObject & { value: unknown }).value;
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is ChatEvent {
  return typeof (value as ChatEvent | undefined)?.detail?.metadata?.deduplicationId === "string";
}

function isRequest(value: unknown): value is LoggedRequest {
  const { receivedAt, body } = (value ?? {}) as Partial<LoggedRequest>;
  return typeof receivedAt === "string" && typeof body === "string";
}

/** The event of a request nobody could judge, if it is a read report: as one that was accepted unsigned. */
function toEvents({ body, receivedAt, ...parameters }: LoggedRequest): ChatEvent[] {
  const request = acceptUnsigned({ parameters, body: Buffer.from(body) });
  try {
    const callback = readCallback(request);
    if (callback.kind !== "read-report") return [];
    const settings = { sdkAppId: parameters.sdkAppId ?? "", includeClientIp: false };
    const receipt = { id: randomUUID(), account: "", region: "", receivedAt: Date.parse(receivedAt) };
    return [createReadEvent(request, callback.report, settings, receipt)];
  } catch {
    // It would have been refused.
    return [];
  }
}
