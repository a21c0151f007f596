import type { ChatEvent } from "../../events/chat-event.ts";
import { toJson } from "../../events/json.ts";
import { AwsError, invalidResponse } from "../aws/aws-error.ts";
import type { Deadline, JsonClient } from "../aws/json-client.ts";
import type { Publisher } from "./publisher.ts";

/** PutEvents' response. Its status proves nothing: it is 200 even if entries failed. */
interface PutEventsOutput {
  readonly Entries?: readonly {
    readonly EventId?: string;
    readonly ErrorCode?: string;
    readonly ErrorMessage?: string;
  }[];
}

/** An EventBridge bus. EventBridge creates the envelope around the event's detail, with its own `id`. */
export class EventBridgePublisher implements Publisher {
  readonly #client: JsonClient;
  readonly #eventBusName: string;

  /**
   * @param client a client of EventBridge
   * @param eventBusName the bus. PutEvents to a bus that does not exist succeeds, so the name must come from the stack
   */
  constructor(client: JsonClient, eventBusName: string) {
    this.#client = client;
    this.#eventBusName = eventBusName;
  }

  async publish(event: ChatEvent, deadline: Deadline): Promise<void> {
    const entry = {
      EventBusName: this.#eventBusName,
      Source: event.source,
      DetailType: event["detail-type"],
      Detail: toJson(event.detail),
      Resources: event.resources,
      Time: Date.parse(event.time) / 1000,
    };
    await this.#client.call<PutEventsOutput>("PutEvents", { Entries: [entry] }, deadline, checkEntry);
  }

  connect(deadline: Deadline): Promise<void> {
    return this.#client.connect(deadline);
  }
}

function checkEntry({ Entries: [result] = [] }: PutEventsOutput): void {
  if (result?.ErrorCode) throw new AwsError(result.ErrorCode, `PutEvents: ${result.ErrorMessage}`);
  if (!result?.EventId) throw invalidResponse("PutEvents", "no event");
}
