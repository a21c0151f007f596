import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { count } from "../shared/count.ts";

/** What a queue still has, and how it treats messages that are received. The counts are approximate. */
export interface QueueState {
  readonly isFifo: boolean;
  readonly visible: number;
  /** Received messages that are hidden until they are deleted or come back. */
  readonly hidden: number;
  readonly delayed: number;
  /** For how long a received message is hidden. */
  readonly visibilityTimeoutSeconds: number;
  /** After how many receives a message becomes a dead letter; `undefined` for a queue without dead letters. */
  readonly maxReceiveCount: number | undefined;
}

/** Reads the state of a queue. */
export async function readQueueState(sqs: SQSClient, queueUrl: string): Promise<QueueState> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
  );
  const { maxReceiveCount } = JSON.parse(Attributes.RedrivePolicy ?? "{}") as { maxReceiveCount?: string | number };
  return {
    isFifo: Attributes.FifoQueue === "true",
    visible: Number(Attributes.ApproximateNumberOfMessages),
    hidden: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
    visibilityTimeoutSeconds: Number(Attributes.VisibilityTimeout),
    maxReceiveCount: maxReceiveCount === undefined ? undefined : Number(maxReceiveCount),
  };
}

/**
 * Explains why messages that a queue has were not received.
 *
 * @param left how many messages were received and left in the queue
 * @returns a sentence for each reason
 */
export function explainRemaining(
  { isFifo, visible, hidden, delayed, visibilityTimeoutSeconds }: QueueState,
  left: number,
): string[] {
  const sentences: string[] = [];
  if (hidden > 0) {
    const verb = hidden === 1 ? "is" : "are";
    sentences.push(
      `${count(hidden, "message")} ${verb} hidden after being received: unless deleted, visible again within ${visibilityTimeoutSeconds} s.`,
    );
  }
  if (delayed > 0) sentences.push(`${count(delayed, "message")} not visible yet: sent with a delay.`);
  const others = visible - left;
  if (others > 0) {
    const isBehind = isFifo && (hidden > 0 || left > 0);
    sentences.push(
      isBehind
        ? `${count(others, "more message")} must wait until those before them in their groups are deleted.`
        : `${count(others, "more message")} arrived meanwhile: receive again.`,
    );
  }
  return sentences;
}
