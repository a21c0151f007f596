import { Duration } from "aws-cdk-lib";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { EnvironmentVariables } from "../functions/environment.ts";
import { BATCH_SIZE } from "../functions/republish/pace.ts";
import { allowReadingToken, BundledFunction, type CommonFunctionProps } from "./bundled-function.ts";
import type { BoundDestination } from "./destination.ts";
import { createQueue } from "./queues.ts";
import type { Retention } from "./retention.ts";

/** A batch takes at most 9 s: 5 s to publish, 2 s each for dead letters and for hiding. AWS advises six times the time-out as the queue's visibility time-out. */
const TIMEOUT = Duration.seconds(30);

/**
 * How often a message is tried. The pauses in between grow from half a minute to a quarter of an hour and add up to a day:
 * 30 s + 60 s + 120 s + 240 s + 480 s + 95 × 900 s.
 */
const MAX_RECEIVE_COUNT = 100;

/** The queue in which events wait while the destination fails, and the one for events that could not be republished. */
export interface Standby {
  readonly standbyQueue: Queue;
  readonly standbyDeadLetterQueue: Queue;
}

/** Creates the standby queue. It is a standard queue, as in a FIFO queue one event could block others. */
export function createStandby(scope: Construct, { events, recovery }: Retention): Standby {
  const standbyDeadLetterQueue = createQueue(scope, "StandbyDeadLetterQueue", recovery);
  const standbyQueue = createQueue(scope, "StandbyQueue", events, {
    visibilityTimeout: Duration.seconds(6 * TIMEOUT.toSeconds()),
    deadLetterQueue: { queue: standbyDeadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
  });
  return { standbyQueue, standbyDeadLetterQueue };
}

/** Properties of {@link Republishing}. */
export interface RepublishingProps extends Standby {
  readonly destination: BoundDestination;
  readonly tokenSecret: ISecret | undefined;
  /** The callback function's environment variables. */
  readonly environment: EnvironmentVariables;
  readonly functionProps: CommonFunctionProps;
  /** How many batches of {@link BATCH_SIZE} messages are republished at a time. */
  readonly concurrency: number;
}

/** Moves messages from the standby queue to the destination. */
export class Republishing extends Construct {
  readonly republishFunction: BundledFunction;

  constructor(scope: Construct, id: string, props: RepublishingProps) {
    super(scope, id);
    const { standbyQueue, standbyDeadLetterQueue, destination, tokenSecret, environment, functionProps } = props;
    this.republishFunction = new BundledFunction(this, "Function", {
      ...functionProps,
      name: "republish",
      description: "Publishes events that the destination did not accept when they were received",
      environment: {
        ...environment,
        STANDBY_DEAD_LETTER_QUEUE_URL: standbyDeadLetterQueue.queueUrl,
        REPUBLISH_CONCURRENCY: String(props.concurrency),
      } satisfies EnvironmentVariables,
      timeout: TIMEOUT,
    });
    this.republishFunction.allowPublishing(destination);
    if (tokenSecret) this.republishFunction.allow("ReadToken", allowReadingToken(tokenSecret));
    const actions = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility"];
    this.republishFunction.allow(
      "EmptyStandby",
      { actions: actions.map((action) => `sqs:${action}`), resource: standbyQueue.queueArn },
      { actions: ["sqs:SendMessage"], resource: standbyDeadLetterQueue.queueArn },
    );
    new EventSourceMapping(this, "StandbyMessages", {
      target: this.republishFunction,
      eventSourceArn: standbyQueue.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency: props.concurrency,
      reportBatchItemFailures: true,
    });
  }
}
