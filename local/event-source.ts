import type { FunctionError, FunctionProcess } from "./function-process.ts";
import type { LocalQueues, ReceivedMessage } from "./queues.ts";
import { LOCAL_REGION } from "./template.ts";

/** A queue whose messages go to a function, as Lambda's event source mapping of that queue says. */
export interface EventSource {
  readonly queueName: string;
  readonly queueArn: string;
  /** How many messages a call may have. */
  readonly batchSize: number;
  readonly process: FunctionProcess;
}

/** How long to wait after a call that failed. */
const PAUSE_AFTER_FAILURE_MS = 1_000;

/**
 * Hands a queue's messages to a function, batch by batch, and deletes those it does not name as failures
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 *
 * @param onFailure is told when the function has no result: its messages come back after the queue's time-out
 * @returns ends it; what is being worked on ends with the function
 */
export function startEventSource(
  { queueName, queueArn, batchSize, process }: EventSource,
  queues: LocalQueues,
  onFailure: (error: FunctionError) => void,
): () => void {
  const stop = new AbortController();

  async function poll(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        const messages = await queues.receive(queueName, batchSize, stop.signal);
        if (messages.length > 0) await handOver(messages);
      } catch (error) {
        if (stop.signal.aborted) return;
        onFailure(error as FunctionError);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
      }
    }
  }

  async function handOver(messages: readonly ReceivedMessage[]): Promise<void> {
    const Records = messages.map((message) => toRecord(message, queueArn));
    const { batchItemFailures } = (await process.invoke({ Records })) as {
      batchItemFailures: readonly { itemIdentifier: string }[];
    };
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = messages.filter(({ MessageId }) => !failed.has(MessageId));
    await Promise.all(done.map(({ ReceiptHandle }) => queues.delete(queueName, ReceiptHandle)));
  }

  poll();
  return () => stop.abort();
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
