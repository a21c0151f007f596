// What consumers import, as `tencent-chat-events/events`: no CDK, nothing of AWS.

export { READ_REPORT_COMMAND } from "../tencent/commands.ts";
export type { ReadReport } from "../tencent/read-report.ts";
export {
  type ChatEvent,
  type ChatEventMetadata,
  EVENT_SOURCE,
  type ForwardedCallback,
  type ForwardedEvent,
  isReadEvent,
  type ReadEvent,
  SCHEMA_VERSION,
} from "./chat-event.ts";
export { ChatEventError, type EventCarrier, parseChatEvent, parseReadEvent } from "./parse-chat-event.ts";
