import { refuse } from "./check-message.ts";

/** How long a message can stay hidden after it was received, in seconds. */
const MAX_VISIBILITY_TIMEOUT = 12 * 3600;

/**
 * Checks a timeout as ChangeMessageVisibility does
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html).
 *
 * @param seconds how long to hide the message from now
 * @param age the milliseconds since the message was received
 * @throws {ServiceError} when SQS would refuse the timeout
 */
export function checkVisibilityTimeout(seconds: number, age: number): void {
  if (!(seconds >= 0 && seconds <= MAX_VISIBILITY_TIMEOUT)) {
    throw refuse("InvalidParameterValue", `VisibilityTimeout must be from 0 to ${MAX_VISIBILITY_TIMEOUT}.`);
  }
  if (age + seconds * 1000 > MAX_VISIBILITY_TIMEOUT * 1000) {
    throw refuse("InvalidParameterValue", "Total VisibilityTimeout for the message is beyond the limit.");
  }
}
