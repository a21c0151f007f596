import { hash } from "node:crypto";
import type { ChatEvent } from "../../events/chat-event.ts";
import { messageGroupId } from "../../events/identity.ts";
import { toJson } from "../../events/json.ts";
import { invalidResponse } from "../aws/aws-error.ts";
import type { Deadline, JsonClient } from "../aws/json-client.ts";
import type { Publisher } from "./publisher.ts";

/** The optional parts of a message. */
interface MessageParameters {
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly DataType: "String"; readonly StringValue: string }>>;
}

/**
 * The parameters of an event's message.
 *
 * A FIFO queue keeps the order within a group. A standard queue does not let a group with a backlog delay the others
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html).
 *
 * @param queueUrl the queue; a URL that ends in `.fifo` is a FIFO queue's, which needs a group and a deduplication id
 * @param isFair whether a message on a standard queue has a group, which AWS charges for
 */
export function messageParameters(event: ChatEvent, queueUrl: string, isFair: boolean): MessageParameters {
  if (queueUrl.endsWith(".fifo")) {
    return { MessageGroupId: messageGroupId(event), MessageDeduplicationId: event.detail.metadata.deduplicationId };
  }
  return isFair ? { MessageGroupId: messageGroupId(event) } : {};
}

/** An SQS queue. */
export class SqsPublisher implements Publisher {
  readonly #client: JsonClient;
  readonly #queueUrl: string;
  readonly #isFair: boolean;

  /**
   * @param client a client of SQS
   * @param queueUrl the queue, standard or FIFO
   * @param isFair whether messages on a standard queue have a group
   */
  constructor(client: JsonClient, queueUrl: string, isFair: boolean) {
    this.#client = client;
    this.#queueUrl = queueUrl;
    this.#isFair = isFair;
  }

  async publish(event: ChatEvent, deadline: Deadline): Promise<void> {
    await this.send(toJson(event), deadline, messageParameters(event, this.#queueUrl, this.#isFair));
  }

  connect(deadline: Deadline): Promise<void> {
    return this.#client.connect(deadline);
  }

  /**
   * Sends a message and verifies that SQS stored exactly that
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
   *
   * @throws {AwsError} when SQS has not confirmed it by the deadline
   */
  async send(body: string, deadline: Deadline, parameters?: MessageParameters): Promise<void> {
    const digest = hash("md5", body);
    const input = { QueueUrl: this.#queueUrl, MessageBody: body, ...parameters };
    await this.#client.call<{ MD5OfMessageBody?: string }>("SendMessage", input, deadline, ({ MD5OfMessageBody }) => {
      if (MD5OfMessageBody !== digest) throw invalidResponse("SendMessage", "MD5OfMessageBody does not match");
    });
  }

  /**
   * Hides a received message for a while
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html).
   *
   * @param seconds how long to hide it
   * @throws {AwsError} when SQS has not confirmed it by the deadline
   */
  async hide(ReceiptHandle: string, seconds: number, deadline: Deadline): Promise<void> {
    const input = { QueueUrl: this.#queueUrl, ReceiptHandle, VisibilityTimeout: seconds };
    await this.#client.call("ChangeMessageVisibility", input, deadline);
  }
}
