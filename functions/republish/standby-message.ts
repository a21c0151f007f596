import { type ChatEvent, EVENT_SOURCE, isReadEvent } from "../../events/chat-event.ts";
import { DEEPEST_ENVELOPE, type JsonObject, parseJsonObject } from "../../tencent/json.ts";
import type { ParkedRequest } from "../invocation.ts";

/** What the callback function puts on the standby queue. */
export type StandbyMessage =
  | { readonly kind: "event"; readonly event: ChatEvent }
  | { readonly kind: "parked-request"; readonly parked: ParkedRequest };

/** Thrown for a message that can never be published. */
export class Undeliverable extends Error {
  override readonly name = "Undeliverable";
}

/**
 * Reads a message of the standby queue, numbers as they were written.
 *
 * @param body the message's body
 * @throws {Undeliverable} when the callback function can't have put it there
 */
export function readStandbyMessage(body: string): StandbyMessage {
  const content = parse(body);
  if (isParkedRequest(content)) return { kind: "parked-request", parked: content };
  if (isEvent(content)) return { kind: "event", event: content };
  throw new Undeliverable("the message is neither an event nor a parked request");
}

function parse(body: string): JsonObject {
  try {
    return parseJsonObject(body, DEEPEST_ENVELOPE);
  } catch {
    throw new Undeliverable("the message is no JSON object");
  }
}

function isParkedRequest(content: JsonObject): content is JsonObject & ParkedRequest {
  const { parkedRequest, receivedAt } = content as Partial<ParkedRequest>;
  return (
    typeof receivedAt === "number" &&
    typeof parkedRequest?.rawQueryString === "string" &&
    ["string", "undefined"].includes(typeof parkedRequest.body) &&
    typeof parkedRequest.requestContext?.http?.sourceIp === "string"
  );
}

/** Whether something is an event, as far as it takes to publish it. */
export function isEvent(content: object): content is ChatEvent {
  const event = content as Partial<ChatEvent>;
  const { source, time = "", detail } = event;
  const { metadata, data } = detail ?? {};
  const texts: unknown[] = [event["detail-type"], metadata?.deduplicationId, metadata?.sdkAppId];
  if (isReadEvent(event as ChatEvent)) texts.push(data?.["Report_Account"], data?.["Peer_Account"]);
  return (
    source === EVENT_SOURCE &&
    !Number.isNaN(Date.parse(time)) &&
    typeof data === "object" &&
    data !== null &&
    !Array.isArray(data) &&
    texts.every((text) => typeof text === "string" && text !== "")
  );
}
