import { createFauxqs, type SqsMessage, type SqsQueue } from "./fauxqs.ts";
import { answerMoveTasks, MoveTasks } from "./move-tasks.ts";
import { observeQueues, type QueueObserver } from "./queue-observer.ts";
import { countMessages, listMessages, type MessageCounts, type QueuedMessage } from "./queued-messages.ts";
import { LOOPBACK } from "./server.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION, type Reference } from "./template.ts";

/** SQS on this machine: fauxqs, reachable by any SQS client with any credentials. */
export interface LocalQueues {
  readonly endpoint: string;
  /**
   * Creates a queue.
   *
   * @param name a FIFO queue's name ends in `.fifo`
   * @param properties those of a CloudFormation `AWS::SQS::Queue`, resolved
   */
  create(name: string, properties: Readonly<Record<string, unknown>>): Promise<void>;
  /** Sends a message to a standard queue. */
  send(name: string, body: string): Promise<void>;
  /**
   * Receives messages. If none is visible, waits for one.
   *
   * @param most how many at most, up to 10
   */
  receive(name: string, most: number, waiting?: Waiting): Promise<readonly ReceivedMessage[]>;
  /** Makes a received message visible again, so that it is the next to be received. */
  show(name: string, receiptHandle: string): Promise<void>;
  /** How many times a message can be received before it becomes a dead letter; infinite without a dead-letter queue. */
  maxReceiveCount(name: string): number;
  /** Deletes a received message. */
  delete(name: string, receiptHandle: string): Promise<void>;
  /** A queue's messages, oldest first, without receiving them. */
  list(name: string): readonly QueuedMessage[];
  /** How many messages a queue has. */
  count(name: string): MessageCounts;
  /**
   * Moves the visible messages of a queue's dead-letter queue, oldest first, as new messages.
   *
   * @param destination the queue to move them to
   * @default destination the queue whose dead letters they are
   * @returns how many were moved
   * @throws {ServiceError} if it is no queue's dead-letter queue, or the destination is not of its type
   */
  moveBack(deadLetterQueue: string, destination?: string): number;
  close(): Promise<void>;
}

/** How long to wait for a message. */
export interface Waiting {
  /** @default 20, the most that SQS allows */
  readonly waitSeconds?: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** A message as SQS hands it out. */
export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly Attributes: Readonly<Record<string, string>>;
}

/** Starts SQS. */
export async function startQueues(observer: QueueObserver = {}): Promise<LocalQueues> {
  const { app, store } = await createFauxqs();
  const moveTasks = new MoveTasks(store, (message) => observer.moved?.(message));
  answerMoveTasks(app, moveTasks);
  observeQueues(app, store, observer);
  const endpoint = await app.listen({ host: LOOPBACK, port: 0 });
  const urlOf = (name: string) => queueReference(endpoint, name).ref;
  const arnOf = (name: string) => queueReference(endpoint, name).attributes["Arn"] ?? "";
  function find(name: string): SqsQueue {
    const queue = store.getQueueByName(name);
    if (queue === undefined) throw new Error(`There is no queue ${name}`);
    return queue;
  }
  async function call<Output>(operation: string, input: object, signal?: AbortSignal): Promise<Output> {
    const response = await fetch(endpoint, {
      method: "POST",
      ...(signal && { signal }),
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${operation}` },
      body: JSON.stringify(input),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`SQS refused ${operation} with ${JSON.stringify(input)}: ${answer}`);
    return JSON.parse(answer || "{}") as Output;
  }

  return {
    endpoint,
    create: (name, properties) => call("CreateQueue", { QueueName: name, Attributes: toAttributes(properties) }),
    send: (name, body) => call("SendMessage", { QueueUrl: urlOf(name), MessageBody: body }),
    async receive(name, most, { waitSeconds = 20, signal } = {}) {
      const input = {
        QueueUrl: urlOf(name),
        MaxNumberOfMessages: most,
        MessageSystemAttributeNames: ["All"],
        WaitTimeSeconds: waitSeconds,
      };
      const { Messages = [] } = await call<{ Messages?: ReceivedMessage[] }>("ReceiveMessage", input, signal);
      return Messages;
    },
    async show(name, ReceiptHandle) {
      const queue = find(name);
      const message = queue.inflightMessages.get(ReceiptHandle)?.message;
      await call("ChangeMessageVisibility", { QueueUrl: urlOf(name), ReceiptHandle, VisibilityTimeout: 0 });
      if (message) putFirst(queue, message);
    },
    maxReceiveCount(name) {
      const { RedrivePolicy = "{}" } = find(name).attributes;
      return Number((JSON.parse(RedrivePolicy) as { maxReceiveCount?: number }).maxReceiveCount ?? Infinity);
    },
    delete: (name, ReceiptHandle) => call("DeleteMessage", { QueueUrl: urlOf(name), ReceiptHandle }),
    list: (name) => listMessages(find(name)),
    count: (name) => countMessages(find(name)),
    moveBack(deadLetterQueue, destination) {
      const SourceArn = arnOf(deadLetterQueue);
      moveTasks.start({ SourceArn, ...(destination !== undefined && { DestinationArn: arnOf(destination) }) });
      return moveTasks.list({ SourceArn }).Results[0]?.ApproximateNumberOfMessagesMoved ?? 0;
    },
    async close() {
      await app.close();
    },
  };
}

/**
 * A queue's URL, ARN and name.
 *
 * fauxqs returns URLs whose hosts may not resolve, but takes any host.
 */
export function queueReference(endpoint: string, name: string): Reference {
  return {
    ref: `${endpoint}/${LOCAL_ACCOUNT}/${name}`,
    attributes: { Arn: `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name}`, QueueName: name },
  };
}

/** The name of the queue at a URL. */
export function nameOfQueue(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

/** Makes a message the next to be received: fauxqs puts one that is visible again behind all others. */
function putFirst({ messages, fifoMessages }: SqsQueue, message: SqsMessage): void {
  const index = messages.lastIndexOf(message);
  if (index >= 0) messages.unshift(...messages.splice(index, 1));
  const groups = [...fifoMessages].sort(([, a], [, b]) => Number(b[0] === message) - Number(a[0] === message));
  fifoMessages.clear();
  for (const [group, grouped] of groups) fifoMessages.set(group, grouped);
}

/** SQS's attributes: CloudFormation's properties but the queue's name, as strings. */
function toAttributes({ QueueName: _name, ...properties }: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
}
