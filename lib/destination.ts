import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { EventBus, type IEventBus, Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import {
  DeduplicationScope,
  FifoThroughputLimit,
  type IQueue,
  Queue,
  QueueEncryption,
  type QueueProps,
} from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { EnvironmentVariables } from "../functions/environment.ts";
import { EVENT_SOURCE } from "../functions/events/chat-event.ts";
import { READ_REPORT_COMMAND } from "../functions/tencent/read-report.ts";

/** A queue's longest retention: an event nobody consumed is gone after it. */
const RETENTION = Duration.days(14);

/** Deliveries after which a message counts as undeliverable. AWS advises at least 5 where a Lambda function consumes. */
const MAX_RECEIVE_COUNT = 5;

/** What every queue here has: encryption at rest, TLS only, the longest retention. */
const COMMON: QueueProps = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: RETENTION,
  // A change of the destination replaces its queue, and unread events would go with the old one.
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
};

/** A destination that stands in a stack. */
export interface BoundDestination {
  /** Tells the function where events go. */
  readonly environment: Pick<EnvironmentVariables, "QUEUE_URL"> | Pick<EnvironmentVariables, "EVENT_BUS_NAME">;
  /** Allows somebody to publish there, and nothing else. */
  grantPublish(grantee: IGrantable): void;
  /** The queue that consumers read from, if there is one. */
  readonly queue: IQueue | undefined;
  /** The bus that consumers subscribe to, if there is one. */
  readonly eventBus: IEventBus | undefined;
}

/** Where events go. */
export abstract class Destination {
  /** A new FIFO queue: keeps the order within a conversation and drops repeats within five minutes. */
  static fifoQueue(): Destination {
    return new QueueDestination((scope) =>
      createQueueWithDeadLetters(scope, {
        fifo: true,
        // High throughput: limits count for each conversation, not for the queue.
        deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
        fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      }),
    );
  }

  /** A new standard queue: neither order nor deduplication. */
  static standardQueue(): Destination {
    return new QueueDestination((scope) => createQueueWithDeadLetters(scope, {}));
  }

  /** A new bus, from which a rule delivers read events to a new standard queue. */
  static eventBus(): Destination {
    return new EventBusDestination(createEventBusWithQueue);
  }

  /**
   * A queue that is there already, such as one with a customer-managed key or in use by others.
   *
   * @param queue a FIFO queue's name has to end in `.fifo`, as SQS demands
   */
  static existingQueue(queue: IQueue): Destination {
    return new QueueDestination(() => queue);
  }

  /**
   * A bus that is there already: rules, archive and queues are its owner's.
   *
   * @param eventBus taken from its construct, as PutEvents to a bus that does not exist is answered with success
   */
  static existingEventBus(eventBus: IEventBus): Destination {
    return new EventBusDestination(() => ({ eventBus, queue: undefined }));
  }

  /** Makes the destination in a stack. */
  abstract bind(scope: Construct): BoundDestination;
}

class QueueDestination extends Destination {
  readonly #create: (scope: Construct) => IQueue;

  constructor(create: (scope: Construct) => IQueue) {
    super();
    this.#create = create;
  }

  override bind(scope: Construct): BoundDestination {
    const queue = this.#create(scope);
    return {
      environment: { QUEUE_URL: queue.queueUrl },
      grantPublish: (grantee) => {
        Grant.addToPrincipal({ grantee, actions: ["sqs:SendMessage"], resourceArns: [queue.queueArn] });
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
        queue.encryptionMasterKey?.grant(grantee, "kms:GenerateDataKey", "kms:Decrypt");
      },
      queue,
      eventBus: undefined,
    };
  }
}

/** A bus, and the queue that one of its rules delivers to, if there is one. */
type Bus = Pick<BoundDestination, "queue"> & { readonly eventBus: IEventBus };

class EventBusDestination extends Destination {
  readonly #create: (scope: Construct) => Bus;

  constructor(create: (scope: Construct) => Bus) {
    super();
    this.#create = create;
  }

  override bind(scope: Construct): BoundDestination {
    const { eventBus, queue } = this.#create(scope);
    return {
      environment: { EVENT_BUS_NAME: eventBus.eventBusName },
      grantPublish: (grantee) => {
        Grant.addToPrincipal({ grantee, actions: ["events:PutEvents"], resourceArns: [eventBus.eventBusArn] });
      },
      queue,
      eventBus,
    };
  }
}

/** Makes a bus with an archive, and the reference subscription: a rule that delivers read events to a queue. */
function createEventBusWithQueue(scope: Construct): Bus {
  // CDK's own types don't agree about optional properties.
  const eventBus = new EventBus(scope, "EventBus", {
    // CDK's own name would be the same in every stack.
    eventBusName: `${Stack.of(scope).stackName}-${scope.node.id}`,
    description: "Tencent Cloud Chat's callbacks as events",
  }) as IEventBus;
  eventBus.archive("Archive", {
    description: "All events, to be replayed",
    eventPattern: { source: [EVENT_SOURCE] },
    retention: RETENTION,
  });
  const queue = createQueueWithDeadLetters(scope, {});
  new Rule(scope, "ReadEventsRule", {
    description: "Delivers read events to a queue",
    eventBus,
    eventPattern: { source: [EVENT_SOURCE], detailType: [READ_REPORT_COMMAND] },
    targets: [
      // Without a dead-letter queue, EventBridge drops what it can't deliver, silently.
      new SqsQueue(queue, {
        deadLetterQueue: new Queue(scope, "RuleDeadLetterQueue", COMMON),
        maxEventAge: Duration.days(1),
        retryAttempts: 185,
      }),
    ],
  });
  return { eventBus, queue };
}

/** Makes a queue that consumers read from, and the dead-letter queue behind it, of the same type. */
function createQueueWithDeadLetters(scope: Construct, type: QueueProps): Queue {
  const deadLetterQueue = new Queue(scope, "DeadLetterQueue", { ...COMMON, ...type });
  return new Queue(scope, "Queue", {
    ...COMMON,
    ...type,
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
  });
}

/** Makes the queue in which events wait while the destination fails: a standard one, so that no order blocks it. */
export function createStandbyQueue(scope: Construct): Queue {
  return new Queue(scope, "StandbyQueue", COMMON);
}
