import { type Duration, Fn, Stack, Token, TokenComparison } from "aws-cdk-lib";
import { type IMetric, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { EventBus, type IEventBus } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { EVENT_SOURCE } from "../events/chat-event.ts";
import type { EnvironmentVariables } from "../functions/environment.ts";
import type { Permission } from "./bundled-function.ts";
import { CallbacksSubscription } from "./callbacks-subscription.ts";
import { createQueueWithDeadLetters, FIFO } from "./queues.ts";

/** Dead-letter queues by whose they are: what consumers, the bus or republishing could not deal with. */
export type DeadLetterQueues = { readonly [owner in "Consumers" | "Bus" | "Standby"]?: IQueue };

/** A destination that stands in a stack. */
export interface BoundDestination {
  /** Tells the function where events go. */
  readonly environment: Pick<EnvironmentVariables, "QUEUE_URL"> | Pick<EnvironmentVariables, "EVENT_BUS_NAME">;
  /** What publishing there takes. */
  readonly publishPermissions: readonly Permission[];
  /** What those permissions are called: another name for each kind of destination. */
  readonly publishPolicyId: string;
  /** The queue that consumers read from, if there is one. */
  readonly queue?: IQueue;
  /** The bus that consumers subscribe to, if there is one. */
  readonly eventBus?: IEventBus;
  /** The queues that should stay empty, by what they are for. */
  readonly deadLetterQueues: DeadLetterQueues;
  /** How many events somebody on the bus is subscribed to; nothing with a queue. */
  readonly matchedEvents?: IMetric;
}

/** Where events go. */
export abstract class Destination {
  /** A new FIFO queue: keeps the order within a conversation, a group, … and drops repeats within five minutes. */
  static fifoQueue(): Destination {
    return new NewQueue(true);
  }

  /** A new standard queue: neither order nor deduplication. */
  static standardQueue(): Destination {
    return new NewQueue(false);
  }

  /** A new bus with an archive, from which a rule delivers events to a new standard queue. */
  static eventBus(): Destination {
    return new NewEventBus();
  }

  /**
   * A queue that is there already, such as one with a customer-managed key or in use by others.
   *
   * @param queue a FIFO queue's name has to end in `.fifo`, as SQS demands
   */
  static existingQueue(queue: IQueue): Destination {
    return new ExistingQueue(queue);
  }

  /**
   * A bus that is there already: rules, archive and queues are its owner's.
   *
   * @param eventBus taken from its construct, as PutEvents to a bus that does not exist is answered with success
   */
  static existingEventBus(eventBus: IEventBus): Destination {
    return new ExistingEventBus(eventBus);
  }

  /**
   * Makes the destination in a stack.
   *
   * @param retention how long it keeps events, as far as it is new
   * @param commands whose events come, as far as it makes a difference: the read report alone, or all
   */
  abstract bind(scope: Construct, retention: Duration, commands: readonly string[]): BoundDestination;
}

class ExistingQueue extends Destination {
  readonly #queue: IQueue;

  constructor(queue: IQueue) {
    super();
    this.#queue = queue;
  }

  override bind(): BoundDestination {
    return { ...toQueue(this.#queue, "PublishToExistingQueue"), deadLetterQueues: {} };
  }
}

class NewQueue extends Destination {
  readonly #fifo: boolean;

  constructor(fifo: boolean) {
    super();
    this.#fifo = fifo;
  }

  override bind(scope: Construct, retention: Duration): BoundDestination {
    const id = this.#fifo ? "FifoQueue" : "StandardQueue";
    const { queue, deadLetterQueue } = createQueueWithDeadLetters(scope, id, retention, this.#fifo ? FIFO : {});
    return { ...toQueue(queue, `PublishTo${id}`), deadLetterQueues: { Consumers: deadLetterQueue } };
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
      // By its name, another account's bus would be looked for here.
      ...toEventBus(this.#eventBus, isHere ? eventBusName : eventBusArn, "PublishToExistingEventBus"),
      deadLetterQueues: {},
      // Its metrics are where it is.
      ...(isHere && { matchedEvents: matchedEvents({ EventBusName: eventBusName }) }),
    };
  }
}

class NewEventBus extends Destination {
  override bind(scope: Construct, retention: Duration, commands: readonly string[]): BoundDestination {
    const stack = Stack.of(scope);
    // CDK's own types don't agree about optional properties.
    const eventBus = new EventBus(scope, "EventBus", {
      // CDK's own name would be the same in every stack.
      eventBusName: [stack.stackName, ...scope.node.path.slice(stack.node.path.length + 1).split("/")].join("-"),
      description: "Tencent Cloud Chat's callbacks as events",
    }) as IEventBus;
    eventBus.archive("Archive", {
      description: "All events, to be replayed",
      eventPattern: { source: [EVENT_SOURCE] },
      retention,
    });
    const { queue, deadLetterQueue } = createQueueWithDeadLetters(scope, "EventBusQueue", retention);
    // Its name is older than the other events that it may deliver, and another one would replace what holds dead letters.
    const subscription = new CallbacksSubscription(scope, "ReadEvents", {
      eventBus,
      commands,
      target: new SqsQueue(queue),
      retention,
    });
    return {
      ...toEventBus(eventBus, eventBus.eventBusName, "PublishToEventBus"),
      queue,
      deadLetterQueues: { Consumers: deadLetterQueue, Bus: subscription.deadLetterQueue },
      matchedEvents: matchedEvents({
        EventBusName: eventBus.eventBusName,
        // The bus's own metric counts what the archive takes as well. Of a rule on a bus that is not the default one,
        // `Ref` is no rule name: it is to be found in the ARN, `…:rule/<bus>/<rule>`.
        RuleName: Fn.select(2, Fn.split("/", subscription.rule.ruleArn)),
      }),
    };
  }
}

/** What all queues, and all buses, have in common. */
type Place = Pick<BoundDestination, "environment" | "publishPermissions" | "publishPolicyId" | "queue" | "eventBus">;

function toQueue(queue: IQueue, publishPolicyId: string): Place {
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
  };
}

function toEventBus(eventBus: IEventBus, nameOrArn: string, publishPolicyId: string): Place {
  return {
    environment: { EVENT_BUS_NAME: nameOrArn },
    publishPolicyId,
    publishPermissions: [{ actions: ["events:PutEvents"], resource: eventBus.eventBusArn }],
    eventBus,
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
function matchedEvents(dimensionsMap: Record<string, string>): IMetric {
  return new Metric({ namespace: "AWS/Events", metricName: "MatchedEvents", statistic: Stats.SUM, dimensionsMap });
}
