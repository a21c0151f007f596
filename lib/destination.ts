import { Fn, RemovalPolicy, Stack, Token, TokenComparison } from "aws-cdk-lib";
import { Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { Archive, EventBus, type IEventBus } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct, IDependable } from "constructs";
import { EVENT_SOURCE } from "../events/chat-event.ts";
import type { EnvironmentVariables } from "../functions/environment.ts";
import type { AllowStatement } from "./bundled-function.ts";
import { CallbacksSubscription } from "./callbacks-subscription.ts";
import { createQueueWithDeadLetters, FIFO, type QueueSettings } from "./queues.ts";

/** Dead-letter queues: for events that consumers could not process, the bus could not deliver, or republishing gave up on. */
export type DeadLetterQueues = { readonly [owner in "Consumers" | "Bus" | "Standby"]?: IQueue };

/** A destination that is part of a stack. */
export interface BoundDestination {
  /** The environment variable that names the destination. */
  readonly environment: Pick<EnvironmentVariables, "QUEUE_URL"> | Pick<EnvironmentVariables, "EVENT_BUS_NAME">;
  /** The permissions that publishing needs. */
  readonly publishPermissions: readonly AllowStatement[];
  /** The id of the policy with those permissions, which must differ between kinds of destination. */
  readonly publishPolicyId: string;
  /** The queue that consumers read from, if there is one. */
  readonly queue?: IQueue;
  /** The bus that consumers subscribe to, if there is one. */
  readonly eventBus?: IEventBus;
  /** The dead-letter queues that the destination created. */
  readonly deadLetterQueues: DeadLetterQueues;
  /** Resources without which an event that was published could be lost. Nothing may publish before they exist. */
  readonly prerequisites: readonly IDependable[];
  /** The number of events that match a rule, if the destination is a bus of this account. */
  readonly matchedEvents?: Metric;
}

/**
 * A queue or event bus that events are published to.
 *
 * @example
 * ```ts
 * import { Destination, type TencentChatEventsProps } from "tencent-chat-events";
 *
 * export const props: TencentChatEventsProps = { sdkAppId: "1400000001", destination: Destination.eventBus() };
 * ```
 */
export abstract class Destination {
  /** A new FIFO queue. It keeps the order within a conversation or group, and drops duplicates within five minutes. */
  static fifoQueue(): Destination {
    return new NewQueue(true);
  }

  /** A new standard queue, without order or deduplication. */
  static standardQueue(): Destination {
    return new NewQueue(false);
  }

  /** A new event bus with an archive, and a rule that delivers the events to a new standard queue. */
  static eventBus(): Destination {
    return new NewEventBus();
  }

  /**
   * An existing queue, such as one with a customer-managed key.
   *
   * @param queue a standard or FIFO queue
   */
  static existingQueue(queue: IQueue): Destination {
    return new ExistingQueue(queue);
  }

  /**
   * An existing event bus, whose owner provides rules, archive and queues.
   *
   * @param eventBus the bus. It must exist: PutEvents succeeds for one that does not, and the events are lost
   */
  static existingEventBus(eventBus: IEventBus): Destination {
    return new ExistingEventBus(eventBus);
  }

  /**
   * Creates what the destination needs in a stack.
   *
   * @param scope where the resources are created
   * @param settings settings of new queues, whose retention also applies to other resources
   */
  abstract bind(scope: Construct, settings: QueueSettings): BoundDestination;
}

class ExistingQueue extends Destination {
  readonly #queue: IQueue;

  constructor(queue: IQueue) {
    super();
    this.#queue = queue;
  }

  override bind(): BoundDestination {
    return bindQueue(this.#queue, "PublishToExistingQueue");
  }
}

class NewQueue extends Destination {
  readonly #fifo: boolean;

  constructor(fifo: boolean) {
    super();
    this.#fifo = fifo;
  }

  override bind(scope: Construct, settings: QueueSettings): BoundDestination {
    const id = this.#fifo ? "FifoQueue" : "StandardQueue";
    const { queue, deadLetterQueue } = createQueueWithDeadLetters(scope, id, settings, this.#fifo ? FIFO : {});
    return bindQueue(queue, `PublishTo${id}`, { Consumers: deadLetterQueue });
  }
}

class ExistingEventBus extends Destination {
  readonly #eventBus: IEventBus;

  constructor(eventBus: IEventBus) {
    super();
    this.#eventBus = eventBus;
  }

  override bind(scope: Construct): BoundDestination {
    const { eventBusName, eventBusArn, env } = this.#eventBus;
    const comparison = Token.compareStrings(env.account, Stack.of(scope).account);
    const isHere = comparison === TokenComparison.SAME || comparison === TokenComparison.BOTH_UNRESOLVED;
    return {
      // PutEvents takes a name for a bus of this account, and needs the ARN of another account's.
      ...bindEventBus(this.#eventBus, isHere ? eventBusName : eventBusArn, "PublishToExistingEventBus"),
      // A bus's metrics are in its own account.
      ...(isHere && { matchedEvents: matchedEvents({ EventBusName: eventBusName }) }),
    };
  }
}

class NewEventBus extends Destination {
  override bind(scope: Construct, settings: QueueSettings): BoundDestination {
    const { recovery } = settings.retention;
    const { queue, deadLetterQueue } = createQueueWithDeadLetters(scope, "EventBusQueue", settings);
    const newEventBus = new EventBus(scope, "EventBus", {
      // A bus needs a name. CloudFormation has made this one unique, so that a new bus never meets one that was retained.
      eventBusName: queue.queueName,
      description: "Callbacks of Tencent Cloud Chat, as events",
    });
    // The cast is needed because CDK is not compiled with exactOptionalPropertyTypes.
    const eventBus = newEventBus as IEventBus;
    const archive = new Archive(scope, "Archive", {
      sourceEventBus: eventBus,
      description: "Every event, for replays",
      eventPattern: { source: [EVENT_SOURCE] },
      retention: recovery,
    });
    // Not only read events: the runbook names its dead-letter queue by this id. A rule for some commands would change with
    // `forward`, and drop what the previous version of the function still publishes.
    const subscription = new CallbacksSubscription(scope, "ReadEvents", {
      eventBus,
      commands: ["*"],
      target: new SqsQueue(queue),
      retention: recovery,
    });
    // Events are in the archive, and on their way: EventBridge tries to deliver them for a day.
    for (const resource of [newEventBus, archive, subscription.rule]) resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return {
      ...bindEventBus(eventBus, eventBus.eventBusName, "PublishToEventBus"),
      queue,
      deadLetterQueues: { Consumers: deadLetterQueue, Bus: subscription.deadLetterQueue },
      // EventBridge drops what matches no rule, and does not retry where a policy is missing.
      prerequisites: [subscription, queue, deadLetterQueue, archive],
      matchedEvents: matchedEvents({
        EventBusName: eventBus.eventBusName,
        // The bus's own metric also counts events that only the archive matched. For a rule on a custom bus, `Ref` is not
        // the rule's name, which is therefore taken from the ARN `…:rule/<bus>/<rule>`.
        RuleName: Fn.select(2, Fn.split("/", subscription.rule.ruleArn)),
      }),
    };
  }
}

function bindQueue(queue: IQueue, publishPolicyId: string, deadLetterQueues: DeadLetterQueues = {}): BoundDestination {
  const key = queue.encryptionMasterKey;
  return {
    environment: { QUEUE_URL: queue.queueUrl },
    publishPolicyId,
    publishPermissions: [
      { actions: ["sqs:SendMessage"], resource: queue.queueArn },
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
      ...(key ? [{ actions: ["kms:Decrypt", "kms:GenerateDataKey"], resource: key.keyArn }] : []),
    ],
    queue,
    deadLetterQueues,
    prerequisites: [],
  };
}

function bindEventBus(eventBus: IEventBus, nameOrArn: string, publishPolicyId: string): BoundDestination {
  return {
    environment: { EVENT_BUS_NAME: nameOrArn },
    publishPolicyId,
    publishPermissions: [{ actions: ["events:PutEvents"], resource: eventBus.eventBusArn }],
    eventBus,
    deadLetterQueues: {},
    prerequisites: [],
  };
}

/** Counts the events that matched a rule (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html). */
function matchedEvents(dimensionsMap: Record<string, string>): Metric {
  return new Metric({ namespace: "AWS/Events", metricName: "MatchedEvents", statistic: Stats.SUM, dimensionsMap });
}
