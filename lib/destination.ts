import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

/** How a queue orders and deduplicates. */
export type QueueType = "fifo" | "standard";

/** A queue's longest retention: an event nobody consumed is gone after it. */
const RETENTION = Duration.days(14);

/** Deliveries after which a message counts as undeliverable. AWS advises at least 5 where a Lambda function consumes. */
const MAX_RECEIVE_COUNT = 5;

/** What every queue here has: encryption at rest, TLS only, the longest retention. */
const COMMON: QueueProps = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: RETENTION,
  // A change of the queue's type replaces it, and unread events would go with the old one.
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
};

/**
 * Makes the queue that consumers read from, and the dead-letter queue behind it.
 *
 * @param queueType `fifo` keeps the order within a conversation and drops repeats within five minutes
 */
export function createEventQueue(scope: Construct, queueType: QueueType): Queue {
  const fifo: QueueProps =
    queueType === "fifo"
      ? {
          fifo: true,
          // High throughput: limits count for each conversation, not for the queue.
          deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
          fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
        }
      : {};
  const deadLetterQueue = new Queue(scope, "DeadLetterQueue", { ...COMMON, ...fifo });
  return new Queue(scope, "Queue", {
    ...COMMON,
    ...fifo,
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
  });
}

/** Makes the queue in which events wait while the destination fails: a standard one, so that no order blocks it. */
export function createStandbyQueue(scope: Construct): Queue {
  return new Queue(scope, "StandbyQueue", COMMON);
}
