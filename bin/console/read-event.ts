import type { ChatEvent } from "../../events/chat-event.ts";
import { isChatEvent } from "../../events/is-chat-event.ts";

/** Reads an event as SQS or a bus's rule delivers it; `undefined` for any other message. */
export function readEvent(body: string): ChatEvent | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isChatEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
