import type { ChatEvent } from "../../events/chat-event.ts";
import type { Deadline } from "../aws/json-client.ts";

/** A place where events are stored for consumers, or kept until they can be. */
export interface Publisher {
  /**
   * Stores an event, trying until the deadline. Returns only when AWS has confirmed it.
   *
   * @throws {AwsError} when it was not confirmed, which does not exclude that it was stored
   */
  publish(event: ChatEvent, deadline: Deadline): Promise<void>;

  /** Opens the connection that the first event would have to wait for. */
  connect(deadline: Deadline): Promise<void>;
}
