import { Duration } from "aws-cdk-lib";

/** How long the stack keeps data. */
export interface Retention {
  /** How long queues keep an event. */
  readonly events: Duration;
  /** How long dead letters, the archive and logs are kept, to recover events from. */
  readonly recovery: Duration;
}

/**
 * Days that queues keep an event, and days that its dead letter is kept. A message that a standard queue moves keeps its age, so a
 * dead-letter queue must keep messages for longer than its source, or some expire on arrival
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html). SQS keeps a
 * message for at most 14 days, and CloudWatch Logs knows both 7 and 14.
 */
const RECOVERY_DAYS = { 3: 7, 7: 14 } as const;

/** The periods that queues can keep an event, in days. */
export const RETENTION_DAYS = [3, 7] as const satisfies readonly (keyof typeof RECOVERY_DAYS)[];

/**
 * Returns how long each kind of data is kept.
 *
 * @param events how long queues keep an event: a number of days in {@link RETENTION_DAYS}
 */
export function retentionOf(events: Duration): Retention {
  return { events, recovery: Duration.days(RECOVERY_DAYS[events.toDays() as keyof typeof RECOVERY_DAYS]) };
}
