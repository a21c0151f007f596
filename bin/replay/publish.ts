import { DescribeEventBusCommand, EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { ChatEvent } from "../../events/chat-event.ts";
import { toJson } from "../../events/json.ts";
import { messageParameters } from "../../functions/destination/sqs.ts";
import { clientSettings } from "../shared/client-settings.ts";
import { queueClient } from "../shared/queue-client.ts";

/** Publishes an event as the callback function would. Rejects when the destination does not take it. */
export type Publish = (event: ChatEvent) => Promise<void>;

/**
 * Connects to a queue.
 *
 * @param queueUrl the URL of a standard or FIFO queue
 * @throws {Error} when there is no region or there are no credentials, which a local queue does not need
 */
export async function connectToQueue(queueUrl: string): Promise<Publish> {
  const client = queueClient(queueUrl);
  await checkConfiguration(client);
  return async (event) => {
    const input = { QueueUrl: queueUrl, MessageBody: toJson(event), ...messageParameters(event, queueUrl, true) };
    await client.send(new SendMessageCommand(input));
  };
}

/**
 * Connects to a bus.
 *
 * @throws {Error} when there is no region, there are no credentials, or the bus does not exist: putting events on a bus that
 *   does not exist would succeed
 */
export async function connectToBus(eventBusName: string): Promise<Publish> {
  const client = new EventBridgeClient(clientSettings());
  await checkConfiguration(client);
  await client.send(new DescribeEventBusCommand({ Name: eventBusName }));
  return async (event) => {
    const { source: Source, detail, time, "detail-type": DetailType } = event;
    const entry = { EventBusName: eventBusName, Source, DetailType, Detail: toJson(detail), Time: new Date(time) };
    const { Entries: [result] = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }));
    if (!result?.EventId) throw new Error(`${result?.ErrorCode}: ${result?.ErrorMessage}`);
  };
}

async function checkConfiguration({ config }: SQSClient | EventBridgeClient): Promise<void> {
  await Promise.all([config.region(), config.credentials()]);
}
