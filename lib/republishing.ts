import { Duration } from "aws-cdk-lib";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { EnvironmentVariables } from "../functions/environment.ts";
import { BundledFunction, type FunctionSettings, readToken } from "./bundled-function.ts";
import type { BoundDestination } from "./destination.ts";
import { createQueue } from "./queues.ts";

/** The function publishes what it has within 5 s; SQS asks for six times this before a message is handed out again. */
const TIMEOUT = Duration.seconds(30);

/**
 * How often a message is tried. The pauses between, from half a minute to a quarter of an hour, add up to a day:
 * 30 s + 60 s + 120 s + 240 s + 480 s + 95 × 900 s.
 */
const MAX_RECEIVE_COUNT = 100;

/** The queue in which events wait while the destination fails, and the one for those that never make it. */
export interface Standby {
  readonly standbyQueue: Queue;
  readonly standbyDeadLetterQueue: Queue;
}

/** Makes the standby queue: a standard one, so that no order blocks it. */
export function createStandby(scope: Construct, retention: Duration): Standby {
  const standbyDeadLetterQueue = createQueue(scope, "StandbyDeadLetterQueue", retention);
  const standbyQueue = createQueue(scope, "StandbyQueue", retention, {
    visibilityTimeout: Duration.seconds(6 * TIMEOUT.toSeconds()),
    deadLetterQueue: { queue: standbyDeadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
  });
  return { standbyQueue, standbyDeadLetterQueue };
}

/** Properties of {@link Republishing}. */
export interface RepublishingProps extends Standby {
  readonly destination: BoundDestination;
  readonly tokenSecret: ISecret | undefined;
  /** The callback function's variables. */
  readonly environment: EnvironmentVariables;
  readonly settings: FunctionSettings;
  readonly logRetention: RetentionDays;
}

/** Moves what waits on the standby queue to the destination. */
export class Republishing extends Construct {
  readonly republishFunction: BundledFunction;

  constructor(scope: Construct, id: string, props: RepublishingProps) {
    super(scope, id);
    const { standbyQueue, standbyDeadLetterQueue, destination, tokenSecret, environment, settings, logRetention } =
      props;
    this.republishFunction = new BundledFunction(this, "Function", {
      ...settings,
      name: "republish",
      description: "Publishes the events that the destination did not take when they came",
      environment: {
        ...environment,
        STANDBY_DEAD_LETTER_QUEUE_URL: standbyDeadLetterQueue.queueUrl,
      } satisfies EnvironmentVariables,
      timeout: TIMEOUT,
      logRetention,
    });
    this.republishFunction.allow(destination.publishPolicyId, ...destination.publishPermissions);
    if (tokenSecret) this.republishFunction.allow("ReadToken", readToken(tokenSecret));
    const emptying = ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility"];
    this.republishFunction.allow(
      "EmptyStandby",
      { actions: emptying.map((action) => `sqs:${action}`), resource: standbyQueue.queueArn },
      { actions: ["sqs:SendMessage"], resource: standbyDeadLetterQueue.queueArn },
    );
    new EventSourceMapping(this, "StandbyMessages", {
      target: this.republishFunction,
      eventSourceArn: standbyQueue.queueArn,
      batchSize: 10,
      // The least there is: a destination that just recovered is not to be knocked over.
      maxConcurrency: 2,
      reportBatchItemFailures: true,
    });
  }
}
