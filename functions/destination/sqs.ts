import { hash } from "node:crypto";
import { type ChatEvent, toJson } from "../../events/chat-event.ts";
import { messageGroupId } from "../../events/identity.ts";
import { invalidResponse } from "../aws/aws-error.ts";
import type { Deadline, JsonClient } from "../aws/json-client.ts";
import type { Publisher } from "./publisher.ts";

/** What a message may have beside its body. */
interface MessageParameters {
  /** On a FIFO queue, and only there. */
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly DataType: "String"; readonly StringValue: string }>>;
}

/** An SQS queue, FIFO if its name says so. */
export class SqsPublisher implements Publisher {
  readonly #client: JsonClient;
  readonly #queueUrl: string;

  /**
   * @param client speaks to SQS
   * @param queueUrl the queue; one that ends in `.fifo` is FIFO
   */
  constructor(client: JsonClient, queueUrl: string) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  async publish(event: ChatEvent, deadline: Deadline): Promise<void> {
    await this.send(toJson(event), deadline, this.#queueUrl.endsWith(".fifo") ? fifoParameters(event) : undefined);
  }

  connect(deadline: Deadline): Promise<void> {
    return this.#client.connect(deadline);
  }

  /**
   * Sends a message and verifies that SQS stored what was sent
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html).
   *
   * @throws {AwsError} when that was not confirmed by the deadline
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
   * @throws {AwsError} when that was not confirmed by the deadline
   */
  async hide(ReceiptHandle: string, seconds: number, deadline: Deadline): Promise<void> {
    const input = { QueueUrl: this.#queueUrl, ReceiptHandle, VisibilityTimeout: seconds };
    await this.#client.call("ChangeMessageVisibility", input, deadline);
  }
}

function fifoParameters(event: ChatEvent): MessageParameters {
  return { MessageGroupId: messageGroupId(event), MessageDeduplicationId: event.detail.metadata.deduplicationId };
}
