import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

/** Deliveries after which a message counts as undeliverable. AWS advises at least 5 where a Lambda function consumes. */
const MAX_RECEIVE_COUNT = 5;

/** High throughput: limits count for each message group, not for the queue. */
export const FIFO: QueueProps = {
  fifo: true,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
};

/**
 * Makes a queue as all of them are here: encrypted, for TLS only, and left where it is when the stack goes.
 *
 * @param retention how long it keeps a message
 * @param props what is particular about it
 */
export function createQueue(scope: Construct, id: string, retention: Duration, props: QueueProps = {}): Queue {
  return new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: retention,
    // A change of the destination replaces its queue, and unread events would go with the old one.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ...props,
  });
}

/** A queue that consumers read from, and the one for what they can't digest. */
export interface QueueWithDeadLetters {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
}

/**
 * Makes a queue that consumers read from, and the dead-letter queue behind it, of the same type.
 *
 * @param id the queue's id, another one for each kind: a change of the destination makes a new queue, and keeps the old one
 *   until the last callback went there
 * @param type {@link FIFO}, or nothing for a standard queue
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
