// What consumers import as `tencent-chat-events/events`: no CDK and no AWS SDK.
export { READ_REPORT_COMMAND } from "../tencent/commands.ts";
export type { ReadReport } from "../tencent/read-report.ts";
export {
  type ChatEvent,
  type ChatEventMetadata,
  EVENT_SOURCE,
  type ForwardedCallback,
  type ForwardedCommand,
  type ForwardedEvent,
  type ReadEvent,
  SCHEMA_VERSION,
} from "./chat-event.ts";
export {
  ChatEventError,
  type EventCarrier,
  parseChatEvent,
  parseReadEvent,
  type SafeParseResult,
  safeParseChatEvent,
  safeParseReadEvent,
} from "./parse-chat-event.ts";
export { chatEventSchema, readEventSchema } from "./standard-schema.ts";
