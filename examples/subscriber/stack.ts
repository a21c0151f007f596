import { Stack, type StackProps } from "aws-cdk-lib";
import { EventBus } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { ReadEventsSubscription } from "tencent-chat-events";

/** What a subscriber has to know. */
export interface SubscriberStackProps extends StackProps {
  /** The output `EventBusName` of the stack that was deployed with a bus. */
  readonly eventBusName: string;
  /** Whose reads to get. */
  readonly accounts: readonly string[];
}

/** Another team's stack: it gets the reads of some accounts from the bus, in a queue of its own. */
export class SubscriberStack extends Stack {
  constructor(scope: Construct, id: string, { eventBusName, accounts, ...props }: SubscriberStackProps) {
    super(scope, id, props);
    new ReadEventsSubscription(this, "Reads", {
      eventBus: EventBus.fromEventBusName(this, "Bus", eventBusName),
      target: new SqsQueue(new Queue(this, "Queue", { enforceSSL: true })),
      detail: { data: { Report_Account: [...accounts] } },
    });
  }
}
