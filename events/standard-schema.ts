import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ChatEvent, ReadEvent } from "./chat-event.ts";
import { type EventCarrier, type SafeParseResult, safeParseChatEvent, safeParseReadEvent } from "./parse-chat-event.ts";

/**
 * The events of all callbacks as a Standard Schema (https://standardschema.dev), for Powertools' parser, middy and others that validate input. It
 * accepts what {@link parseChatEvent} accepts.
 *
 * @example
 * ```ts
 * import { chatEventSchema } from "tencent-chat-events/events";
 *
 * const result = await chatEventSchema["~standard"].validate('{"source":"somebody.else"}');
 * if (result.issues) console.warn(result.issues[0]?.message);
 * ```
 */
export const chatEventSchema: StandardSchemaV1<EventCarrier, ChatEvent> = toStandardSchema(safeParseChatEvent);

/**
 * The events of read reports as a Standard Schema. It accepts what {@link parseReadEvent} accepts.
 *
 * @example
 * ```ts
 * import { readEventSchema } from "tencent-chat-events/events";
 *
 * export async function lastReadTime(body: string): Promise<number | undefined> {
 *   const result = await readEventSchema["~standard"].validate(body);
 *   return result.issues ? undefined : result.value.detail.data.LastReadTime;
 * }
 * ```
 */
export const readEventSchema: StandardSchemaV1<EventCarrier, ReadEvent> = toStandardSchema(safeParseReadEvent);

function toStandardSchema<Event>(
  safeParse: (carrier: EventCarrier) => SafeParseResult<Event>,
): StandardSchemaV1<EventCarrier, Event> {
  return {
    "~standard": {
      version: 1,
      vendor: "tencent-chat-events",
      validate(value) {
        const result = safeParse(value as EventCarrier);
        if (result.success) return { value: result.event };
        const { message, path } = result.error;
        return { issues: [{ message, path: path === "" ? [] : path.split(".") }] };
      },
    },
  };
}
