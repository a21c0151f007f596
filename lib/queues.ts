import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

/** Receipts after which SQS moves a message to the dead-letter queue. AWS advises at least 5 for a Lambda consumer. */
const MAX_RECEIVE_COUNT = 5;

/** A FIFO queue for high throughput, whose limits apply to each message group instead of the queue. */
export const FIFO: QueueProps = {
  fifo: true,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
};

/**
 * Creates a queue that is encrypted, requires TLS, and is kept when the stack is deleted.
 *
 * @param retention how long the queue keeps a message
 * @param props further properties
 */
export function createQueue(scope: Construct, id: string, retention: Duration, props: QueueProps = {}): Queue {
  return new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: retention,
    // Changing the destination replaces its queue. Deleting the old queue would lose unread events.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ...props,
  });
}

/** A queue that consumers read from, and the dead-letter queue for messages that they cannot process. */
export interface QueueWithDeadLetters {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
}

/**
 * Creates a queue that consumers read from, and its dead-letter queue of the same type.
 *
 * @param id the queue's id, which must differ between kinds of destination: if the destination changes, CloudFormation then
 *   creates the new queue first and keeps the old one until no callback goes there
 * @param retention how long the queues keep a message
 * @param type {@link FIFO}; a standard queue if omitted
 */
export function createQueueWithDeadLetters(
  scope: Construct,
  id: string,
  retention: Duration,
  type: QueueProps = {},
): QueueWithDeadLetters {
  const deadLetterQueue = createQueue(scope, `${id}DeadLetters`, retention, type);
  const queue = createQueue(scope, id, retention, {
    ...type,
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
  });
  return { queue, deadLetterQueue };
}
