import { FunctionError, type FunctionProcess } from "./function-process.ts";
import { type LocalQueues, queueReference, type ReceivedMessage, type Waiting } from "./queues.ts";
import { LOCAL_REGION } from "./template.ts";

/** A queue whose messages go to a function: Lambda's event source mapping. */
export interface EventSource {
  readonly queueName: string;
  /** How many messages one invocation takes at most. */
  readonly batchSize: number;
  readonly process: FunctionProcess;
}

/** The outcome for the messages of one or more batches. */
export interface Batch {
  /** How many the function got. */
  readonly received: number;
  /** How many of them it reported as failed: they stay in the queue, hidden for a while. */
  readonly failed: number;
}

/** Keeps a function that fails at once from being invoked in a tight loop. */
const PAUSE_AFTER_FAILURE_MS = 1_000;

/**
 * Hands a queue's messages to a function, batch by batch, until it is stopped.
 *
 * @param onFailure called when an invocation has no result, as its messages return after the queue's visibility timeout; and
 *   when the queue refuses to be read, but only once until it can be read again
 * @returns stops it; an invocation in progress ends with the function
 */
export function startEventSource(
  source: EventSource,
  queues: LocalQueues,
  onFailure: (error: Error) => void,
): () => void {
  const stop = new AbortController();
  poll(source, queues, stop.signal, onFailure);
  return () => stop.abort();
}

async function poll(
  source: EventSource,
  queues: LocalQueues,
  stopped: AbortSignal,
  onFailure: (error: Error) => void,
): Promise<void> {
  let lastProblem: string | undefined;
  while (!stopped.aborted) {
    try {
      await handOverBatch(source, queues, { signal: stopped });
      lastProblem = undefined;
    } catch (error) {
      if (stopped.aborted) return;
      const { message } = error as Error;
      // A queue that does not exist is refused once a second, always with the same words.
      if (error instanceof FunctionError || message !== lastProblem) onFailure(error as Error);
      lastProblem = message;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
    }
  }
}

/**
 * Hands a queue's messages to a function, batch by batch, until no message is visible.
 *
 * @throws {FunctionError} when an invocation has no result
 */
export async function drain(source: EventSource, queues: LocalQueues): Promise<Batch> {
  const total = { received: 0, failed: 0 };
  for (;;) {
    const { received, failed } = await handOverBatch(source, queues, { waitSeconds: 0 });
    if (received === 0) return total;
    total.received += received;
    total.failed += failed;
  }
}

/**
 * Hands one batch to the function, if there is one, and deletes the messages that the function does not report as failed
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 */
async function handOverBatch(
  { queueName, batchSize, process }: EventSource,
  queues: LocalQueues,
  waiting: Waiting,
): Promise<Batch> {
  const messages = await queues.receive(queueName, batchSize, waiting);
  if (messages.length === 0) return { received: 0, failed: 0 };
  const { Arn = "" } = queueReference(queues.endpoint, queueName).attributes;
  const Records = messages.map((message) => toRecord(message, Arn));
  const { batchItemFailures } = (await process.invoke({ Records })) as {
    batchItemFailures: readonly { itemIdentifier: string }[];
  };
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const done = messages.filter(({ MessageId }) => !failed.has(MessageId));
  await Promise.all(done.map(({ ReceiptHandle }) => queues.delete(queueName, ReceiptHandle)));
  return { received: messages.length, failed: failed.size };
}

/** A message in the form in which Lambda hands it over (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
function toRecord({ MessageId, ReceiptHandle, Body, Attributes }: ReceivedMessage, eventSourceARN: string): object {
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
    messageAttributes: {},
    eventSource: "aws:sqs",
    eventSourceARN,
    awsRegion: LOCAL_REGION,
  };
}
