import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { type ChatEvent, EVENT_SOURCE } from "./chat-event.ts";

/**
 * Whether a value is an event as far as publishing it requires: enough for a value that this project wrote itself. Consumers
 * use the parsers, which check every field.
 */
export function isChatEvent(value: unknown): value is ChatEvent {
  const { source, time = "", detail, "detail-type": detailType } = (value ?? {}) as Partial<ChatEvent>;
  const { metadata, data } = detail ?? {};
  const texts: unknown[] = [detailType, metadata?.deduplicationId, metadata?.sdkAppId];
  if (detailType === READ_REPORT_COMMAND) texts.push(data?.["Report_Account"], data?.["Peer_Account"]);
  return (
    source === EVENT_SOURCE &&
    !Number.isNaN(Date.parse(time)) &&
    typeof data === "object" &&
    data !== null &&
    !Array.isArray(data) &&
    texts.every((text) => typeof text === "string" && text !== "")
  );
}
