import { type Duration, Fn, Stack } from "aws-cdk-lib";
import { type IMetric, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { EventBus, type IEventBus } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { EnvironmentVariables } from "../functions/environment.ts";
import { EVENT_SOURCE } from "../functions/events/chat-event.ts";
import { createQueueWithDeadLetters, FIFO } from "./queues.ts";
import { ReadEventsSubscription } from "./read-events-subscription.ts";

/** Dead-letter queues by whose they are: what consumers, the bus or republishing could not deal with. */
export type DeadLetterQueues = { readonly [owner in "Consumers" | "Bus" | "Standby"]?: IQueue };

/** A destination that stands in a stack. */
export interface BoundDestination {
  /** Tells the function where events go. */
  readonly environment: Pick<EnvironmentVariables, "QUEUE_URL"> | Pick<EnvironmentVariables, "EVENT_BUS_NAME">;
  /** Allows somebody to publish there, and nothing else. */
  grantPublish(grantee: IGrantable): void;
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
  /** A new FIFO queue: keeps the order within a conversation and drops repeats within five minutes. */
  static fifoQueue(): Destination {
    return new NewQueue(true);
  }

  /** A new standard queue: neither order nor deduplication. */
  static standardQueue(): Destination {
    return new NewQueue(false);
  }

  /** A new bus with an archive, from which a rule delivers read events to a new standard queue. */
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
   */
  abstract bind(scope: Construct, retention: Duration): BoundDestination;
}

class ExistingQueue extends Destination {
  readonly #queue: IQueue;

  constructor(queue: IQueue) {
    super();
    this.#queue = queue;
  }

  override bind(): BoundDestination {
    return { ...toQueue(this.#queue), deadLetterQueues: {} };
  }
}

class NewQueue extends Destination {
  readonly #fifo: boolean;

  constructor(fifo: boolean) {
    super();
    this.#fifo = fifo;
  }

  override bind(scope: Construct, retention: Duration): BoundDestination {
    const { queue, deadLetterQueue } = createQueueWithDeadLetters(scope, retention, this.#fifo ? FIFO : {});
    return { ...toQueue(queue), deadLetterQueues: { Consumers: deadLetterQueue } };
  }
}

class ExistingEventBus extends Destination {
  readonly #eventBus: IEventBus;

  constructor(eventBus: IEventBus) {
    super();
    this.#eventBus = eventBus;
  }

  override bind(): BoundDestination {
    return {
      ...toEventBus(this.#eventBus),
      deadLetterQueues: {},
      matchedEvents: matchedEvents({ EventBusName: this.#eventBus.eventBusName }),
    };
  }
}

class NewEventBus extends Destination {
  override bind(scope: Construct, retention: Duration): BoundDestination {
    // CDK's own types don't agree about optional properties.
    const eventBus = new EventBus(scope, "EventBus", {
      // CDK's own name would be the same in every stack.
      eventBusName: `${Stack.of(scope).stackName}-${scope.node.id}`,
      description: "Tencent Cloud Chat's callbacks as events",
    }) as IEventBus;
    eventBus.archive("Archive", {
      description: "All events, to be replayed",
      eventPattern: { source: [EVENT_SOURCE] },
      retention,
    });
    const { queue, deadLetterQueue } = createQueueWithDeadLetters(scope, retention);
    const subscription = new ReadEventsSubscription(scope, "ReadEvents", {
      eventBus,
      target: new SqsQueue(queue),
      retention,
    });
    return {
      ...toEventBus(eventBus),
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

function toQueue(queue: IQueue): Pick<BoundDestination, "environment" | "grantPublish" | "queue"> {
  return {
    environment: { QUEUE_URL: queue.queueUrl },
    grantPublish: (grantee) => {
      Grant.addToPrincipal({ grantee, actions: ["sqs:SendMessage"], resourceArns: [queue.queueArn] });
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
      queue.encryptionMasterKey?.grant(grantee, "kms:GenerateDataKey", "kms:Decrypt");
    },
    queue,
  };
}

function toEventBus(eventBus: IEventBus): Pick<BoundDestination, "environment" | "grantPublish" | "eventBus"> {
  return {
    environment: { EVENT_BUS_NAME: eventBus.eventBusName },
    grantPublish: (grantee) => {
      Grant.addToPrincipal({ grantee, actions: ["events:PutEvents"], resourceArns: [eventBus.eventBusArn] });
    },
    eventBus,
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
function matchedEvents(dimensionsMap: Record<string, string>): IMetric {
  return new Metric({ namespace: "AWS/Events", metricName: "MatchedEvents", statistic: Stats.SUM, dimensionsMap });
}
