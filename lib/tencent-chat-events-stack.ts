import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { TencentChatEvents, type TencentChatEventsProps } from "./tencent-chat-events.ts";

/** One Chat app's endpoint and destination, deployable by itself. */
export class TencentChatEventsStack extends Stack {
  constructor(scope: Construct, id: string, props: TencentChatEventsProps & StackProps) {
    super(scope, id, props);
    const { callbackUrl, tokenSecret, queue, eventBus } = new TencentChatEvents(this, "ChatEvents", props);
    new CfnOutput(this, "CallbackUrl", {
      description: "Paste into the Chat console as the callback URL",
      value: callbackUrl,
    });
    if (tokenSecret) {
      new CfnOutput(this, "TokenSecretArn", {
        description: "Secret that holds the token to paste into the Chat console",
        value: tokenSecret.secretArn,
      });
    }
    if (queue) {
      new CfnOutput(this, "QueueUrl", { description: "Queue that consumers read from", value: queue.queueUrl });
    }
    if (eventBus) {
      new CfnOutput(this, "EventBusName", {
        description: "Bus that consumers subscribe to",
        value: eventBus.eventBusName,
      });
    }
  }
}
