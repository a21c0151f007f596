import type { Construct } from "constructs";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import {
  CallbacksSubscription,
  type CallbacksSubscriptionOptions,
  type CallbacksSubscriptionProps,
} from "./callbacks-subscription.ts";

/** What a subscriber to read events may choose. */
export type ReadEventsSubscriptionOptions = CallbacksSubscriptionOptions;

/** Properties of a {@link ReadEventsSubscription}. */
export type ReadEventsSubscriptionProps = Omit<CallbacksSubscriptionProps, "commands">;

/** Delivers read events from a bus to a target, as a {@link CallbacksSubscription} does. */
export class ReadEventsSubscription extends CallbacksSubscription {
  /** @throws {Error} when the target has a dead-letter queue of its own */
  constructor(scope: Construct, id: string, props: ReadEventsSubscriptionProps) {
    super(scope, id, { ...props, commands: [READ_REPORT_COMMAND] });
  }
}
