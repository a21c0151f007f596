import type { ChatEvent } from "../../events/chat-event.ts";
import type { Deadline } from "../aws/json-client.ts";

/** Stores events for consumers, or until they can be delivered. */
export interface Publisher {
  /**
   * Stores an event, with retries until the deadline. Resolves only when AWS has confirmed it.
   *
   * @throws {AwsError} when it was not confirmed. The event may be stored all the same
   */
  publish(event: ChatEvent, deadline: Deadline): Promise<void>;

  /** Opens a connection, so that the first event does not have to wait for one. */
  connect(deadline: Deadline): Promise<void>;
}
