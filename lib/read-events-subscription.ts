import type { Construct } from "constructs";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import {
  CallbacksSubscription,
  type CallbacksSubscriptionOptions,
  type CallbacksSubscriptionProps,
} from "./callbacks-subscription.ts";

/** Options of a subscription to read events. */
export type ReadEventsSubscriptionOptions = CallbacksSubscriptionOptions;

/** Properties of a {@link ReadEventsSubscription}. */
export type ReadEventsSubscriptionProps = Omit<CallbacksSubscriptionProps, "commands">;

/**
 * A {@link CallbacksSubscription} that delivers read events.
 *
 * @example
 * ```ts
 * import type { Stack } from "aws-cdk-lib";
 * import { EventBus } from "aws-cdk-lib/aws-events";
 * import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
 * import { Queue } from "aws-cdk-lib/aws-sqs";
 * import { ReadEventsSubscription } from "tencent-chat-events";
 *
 * export function subscribe(stack: Stack, eventBusName: string): void {
 *   const eventBus = EventBus.fromEventBusName(stack, "Bus", eventBusName);
 *   new ReadEventsSubscription(stack, "Reads", { eventBus, target: new SqsQueue(new Queue(stack, "Queue")) });
 * }
 * ```
 */
export class ReadEventsSubscription extends CallbacksSubscription {
  /** @throws {Error} if the target has its own dead-letter queue */
  constructor(scope: Construct, id: string, props: ReadEventsSubscriptionProps) {
    super(scope, id, { ...props, commands: [READ_REPORT_COMMAND] });
  }
}
