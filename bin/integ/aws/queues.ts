import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  type SQSClientConfig,
} from "@aws-sdk/client-sqs";
import { countMessages } from "../../shared/count-messages.ts";
import { isGone } from "../../shared/is-gone.ts";

/** An IAM policy as far as it is read. */
interface Policy {
  readonly Version?: string;
  readonly Statement?: readonly object[];
}

/** Uses queues, and counts the requests. */
export class Queues {
  readonly #sqs: SQSClient;
  /** The policies that queues had before access was denied. */
  readonly #policies = new Map<string, string>();
  readonly #waitSeconds: number;
  #requests = 0;

  /** @param waitSeconds how long to wait for a message before a queue counts as empty */
  constructor(settings: SQSClientConfig, waitSeconds = 1) {
    this.#waitSeconds = waitSeconds;
    this.#sqs = new SQSClient(settings);
    this.#sqs.middlewareStack.add(
      (next) => (parameters) => {
        this.#requests += 1;
        return next(parameters);
      },
      { step: "initialize", name: "countRequests" },
    );
  }

  /** How many requests were sent. */
  get requests(): number {
    return this.#requests;
  }

  /** Receives and deletes messages until the queue is empty. A queue that is gone has none. */
  async receiveAll(QueueUrl: string): Promise<Message[]> {
    const received: Message[] = [];
    try {
      for (;;) {
        const { Messages = [] } = await this.#sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: this.#waitSeconds }),
        );
        if (Messages.length === 0) return received;
        received.push(...Messages);
        const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      }
    } catch (error) {
      if (isGone(error)) return received;
      throw error;
    }
  }

  /** Approximately how many messages a queue has, hidden ones included. */
  count(queueUrl: string): Promise<number> {
    return countMessages(this.#sqs, queueUrl);
  }

  /** Denies everybody sending to a queue, the functions' roles included: an explicit deny wins over their own policies. */
  async deny(QueueUrl: string): Promise<void> {
    const { Attributes = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["Policy", "QueueArn"] }),
    );
    const before = Attributes["Policy"] ?? "";
    const { Version = "2012-10-17", Statement = [] } = before === "" ? {} : (JSON.parse(before) as Policy);
    const deny = {
      Sid: "IntegrationTest",
      Effect: "Deny",
      Principal: "*",
      Action: "sqs:SendMessage",
      Resource: Attributes["QueueArn"],
    };
    this.#policies.set(QueueUrl, before);
    await this.#setPolicy(QueueUrl, JSON.stringify({ Version, Statement: [...Statement, deny] }));
  }

  /** Gives a queue its former policy back. */
  async restore(QueueUrl: string): Promise<void> {
    const before = this.#policies.get(QueueUrl);
    if (before === undefined) return;
    await this.#setPolicy(QueueUrl, before);
    this.#policies.delete(QueueUrl);
  }

  async #setPolicy(QueueUrl: string, Policy: string): Promise<void> {
    await this.#sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  }
}
