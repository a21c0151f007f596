import { Annotations, type CfnElement, type Duration, RemovalPolicy, Stack, Token } from "aws-cdk-lib";
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueuePolicy,
  type QueueProps,
} from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { Retention } from "./retention.ts";

/** Receipts after which SQS moves a message to the dead-letter queue. AWS advises at least 5 for a Lambda consumer. */
const MAX_RECEIVE_COUNT = 5;

/** A queue's name has at most 80 characters (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html). */
const LONGEST_NAME = 80;

/** What CloudFormation adds to the names of stack and resource: two hyphens and up to 13 random characters. */
const ADDED_CHARACTERS = 2 + 13;

/** A FIFO queue for high throughput, whose limits apply to each message group instead of the queue. */
export const FIFO: QueueProps = {
  fifo: true,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
};

/**
 * Creates a queue that is encrypted and requires TLS. CloudFormation never deletes it, nor the policy that requires TLS: not
 * with the stack, not when the destination changes, and not when the deployment that created it is rolled back. By then it may
 * hold events. Its name is generated, so the next attempt creates another queue.
 *
 * @param retention how long the queue keeps a message
 * @param props further properties
 */
export function createQueue(scope: Construct, id: string, retention: Duration, props: QueueProps = {}): Queue {
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: retention,
    removalPolicy: RemovalPolicy.RETAIN,
    ...props,
  });
  (queue.node.findChild("Policy") as QueuePolicy).applyRemovalPolicy(RemovalPolicy.RETAIN);
  return queue;
}

/** Settings of a queue that consumers read from. */
export interface QueueSettings {
  readonly retention: Retention;
  /** How long a received message stays hidden from other consumers. */
  readonly visibilityTimeout: Duration;
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
 * @param type {@link FIFO}; a standard queue if omitted
 */
export function createQueueWithDeadLetters(
  scope: Construct,
  id: string,
  { retention, visibilityTimeout }: QueueSettings,
  type: QueueProps = {},
): QueueWithDeadLetters {
  const deadLetterQueue = createQueue(scope, `${id}Dlq`, retention.recovery, type);
  const queue = createQueue(scope, id, retention.events, {
    ...type,
    visibilityTimeout,
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
  });
  if (type.fifo) warnOfLongNames(scope, [queue, deadLetterQueue]);
  return { queue, deadLetterQueue };
}

/**
 * Warns if the name that CloudFormation makes up for a FIFO queue may be too long. It shortens the names of other queues, but has
 * been reported not to shorten those that end in `.fifo`
 * (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/280).
 */
function warnOfLongNames(scope: Construct, queues: readonly Queue[]): void {
  const stack = Stack.of(scope);
  if (Token.isUnresolved(stack.stackName)) return;
  const longest = Math.max(...queues.map((queue) => stack.getLogicalId(queue.node.defaultChild as CfnElement).length));
  const room = LONGEST_NAME - ADDED_CHARACTERS - ".fifo".length - longest;
  if (stack.stackName.length <= room) return;
  Annotations.of(scope).addWarningV2(
    "tencent-chat-events:long-queue-name",
    `the deployment may fail, as CloudFormation may give the FIFO queue a name of more than ${LONGEST_NAME} characters. Choose a ` +
      `stack name of at most ${room} characters (now ${stack.stackName.length}), a shorter path of the construct, or ` +
      "Destination.existingQueue()",
  );
}
