import type { ChatEvent } from "../../events/chat-event.ts";
import { isChatEvent } from "../../events/is-chat-event.ts";
import { DEEPEST_ENVELOPE, type JsonObject, parseJsonObject } from "../../tencent/json.ts";
import type { ParkedRequest } from "../invocation.ts";

/** A message that the callback function puts on the standby queue. */
export type StandbyMessage =
  | { readonly kind: "event"; readonly event: ChatEvent }
  | { readonly kind: "parked-request"; readonly parked: ParkedRequest };

/** Thrown for a message that can never be published. */
export class Undeliverable extends Error {
  override readonly name = "Undeliverable";
}

/**
 * Reads a message of the standby queue, with numbers as written.
 *
 * @throws {Undeliverable} when the callback function cannot have sent it
 */
export function readStandbyMessage(body: string): StandbyMessage {
  const content = parse(body);
  if (isParkedRequest(content)) return { kind: "parked-request", parked: content };
  if (isChatEvent(content)) return { kind: "event", event: content };
  throw new Undeliverable("the message is neither an event nor a parked request");
}

function parse(body: string): JsonObject {
  try {
    return parseJsonObject(body, DEEPEST_ENVELOPE);
  } catch {
    throw new Undeliverable("the message is not a JSON object");
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
