import { randomUUID } from "node:crypto";
import { operationOf, type SqsApp, type SqsMessage, type SqsQueue, type SqsStore } from "./fauxqs.ts";
import { ServiceError } from "./json-protocol.ts";

/** A dead letter that was moved to another queue. */
export interface MovedMessage {
  readonly queueName: string;
  /** The dead-letter queue. */
  readonly from: string;
  /** To the queue it is a new message. */
  readonly messageId: string;
  readonly previousMessageId: string;
  readonly body: string;
}

/** An entry of ListMessageMoveTasks. */
interface MoveTask {
  readonly Status: "COMPLETED";
  readonly SourceArn: string;
  readonly DestinationArn?: string;
  readonly ApproximateNumberOfMessagesMoved: number;
  readonly ApproximateNumberOfMessagesToMove: number;
  /** Unix milliseconds. */
  readonly StartedTimestamp: number;
}

/**
 * SQS's tasks that move dead letters, which fauxqs does not have. A task is over as soon as it is started, so there is none to
 * cancel.
 *
 * Without a destination, all messages go to the first queue whose dead letters they are. SQS knows each message's source, and
 * fails if a message was sent to the dead-letter queue directly.
 */
export class MoveTasks {
  readonly #store: SqsStore;
  readonly #onMoved: (message: MovedMessage) => void;
  /** The latest first. */
  readonly #tasks: MoveTask[] = [];

  constructor(store: SqsStore, onMoved: (message: MovedMessage) => void) {
    this.#store = store;
    this.#onMoved = onMoved;
  }

  /**
   * StartMessageMoveTask: moves the visible messages, oldest first, as new messages
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html).
   *
   * @throws {ServiceError} with SQS's codes and words
   */
  start({ SourceArn = "", DestinationArn }: { SourceArn?: string; DestinationArn?: string }) {
    const source = this.#queue("SourceArn", SourceArn);
    const owner = [...this.#store.allQueues()].find((queue) => deadLetterArnOf(queue) === SourceArn);
    if (owner === undefined) throw invalid("Source queue must be configured as a Dead Letter Queue.");
    const destination = DestinationArn === undefined ? owner : this.#queue("DestinationArn", DestinationArn);
    if (destination === source) throw invalid("Source queue arn and destination queue arn cannot be the same.");
    if (destination.isFifo() !== source.isFifo())
      throw invalid("The source queue and destination queue must be of the same queue type.");
    const messages = takeVisible(source);
    for (const message of messages) this.#move(message, source, destination);
    this.#tasks.unshift({
      Status: "COMPLETED",
      SourceArn,
      ...(DestinationArn !== undefined && { DestinationArn }),
      ApproximateNumberOfMessagesMoved: messages.length,
      ApproximateNumberOfMessagesToMove: messages.length,
      StartedTimestamp: Date.now(),
    });
    return { TaskHandle: randomUUID() };
  }

  /**
   * ListMessageMoveTasks
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html).
   *
   * @throws {ServiceError} if there is no such queue
   */
  list({ SourceArn = "", MaxResults = 1 }: { SourceArn?: string; MaxResults?: number }) {
    this.#queue("SourceArn", SourceArn);
    return { Results: this.#tasks.filter((task) => task.SourceArn === SourceArn).slice(0, MaxResults) };
  }

  #queue(parameter: string, arn: string): SqsQueue {
    const queue = this.#store.getQueueByArn(arn);
    if (queue) return queue;
    const message = `The resource that you specified for the ${parameter} parameter doesn't exist.`;
    throw new ServiceError("ResourceNotFoundException", message);
  }

  #move(
    { approximateFirstReceiveTimestamp: _received, ...message }: SqsMessage,
    source: SqsQueue,
    destination: SqsQueue,
  ): void {
    const moved = {
      ...message,
      messageId: randomUUID(),
      sentTimestamp: Date.now(),
      approximateReceiveCount: 0,
      ...(destination.isFifo() && { sequenceNumber: destination.nextSequenceNumber() }),
    };
    destination.enqueue(moved);
    this.#onMoved({
      queueName: destination.name,
      from: source.name,
      messageId: moved.messageId,
      previousMessageId: message.messageId,
      body: message.body,
    });
  }
}

/** The ARN of a queue's dead-letter queue, if it has one. */
export function deadLetterArnOf({ attributes }: SqsQueue): string | undefined {
  const { RedrivePolicy = "{}" } = attributes;
  return (JSON.parse(RedrivePolicy) as { deadLetterTargetArn?: string }).deadLetterTargetArn;
}

/** Removes the messages that can be received, oldest first. In a FIFO queue a hidden message blocks those behind it. */
function takeVisible(queue: SqsQueue): SqsMessage[] {
  queue.processTimers();
  const messages = queue.messages.splice(0);
  for (const [group, grouped] of queue.fifoMessages) {
    if (queue.fifoLockedGroups.has(group)) continue;
    messages.push(...grouped);
    queue.fifoMessages.delete(group);
  }
  return messages.sort((a, b) => a.sentTimestamp - b.sentTimestamp);
}

function invalid(message: string): ServiceError {
  return new ServiceError("InvalidParameterValue", message);
}

/** Makes a server answer StartMessageMoveTask and ListMessageMoveTasks. */
export function answerMoveTasks(app: SqsApp, tasks: MoveTasks): void {
  const operations = new Map<string, (input: object) => object>([
    ["StartMessageMoveTask", (input) => tasks.start(input)],
    ["ListMessageMoveTasks", (input) => tasks.list(input)],
  ]);
  app.addHook("preHandler", async ({ headers, body }, reply) => {
    const operation = operations.get(operationOf(headers));
    if (operation === undefined) return;
    reply.header("content-type", "application/x-amz-json-1.0");
    try {
      return reply.send(operation(body as object));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return reply.status(400).send({ __type: `com.amazonaws.sqs#${error.code}`, message: error.message });
    }
  });
}
