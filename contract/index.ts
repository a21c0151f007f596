// What consumers import, as `tencent-chat-events/events`: no CDK, nothing of AWS.
export {
  type AnyChatEvent,
  type ChatEvent,
  type ChatEventMetadata,
  EVENT_SOURCE,
  type ForwardedCallback,
  type ForwardedEvent,
  isReadEvent,
  SCHEMA_VERSION,
} from "../functions/events/chat-event.ts";
export { READ_REPORT_COMMAND } from "../functions/tencent/commands.ts";
export type { ReadReport } from "../functions/tencent/read-report.ts";
export { ChatEventError, type EventCarrier, parseAnyChatEvent, parseChatEvent } from "./parse-chat-event.ts";
