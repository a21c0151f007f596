import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { TencentChatEvents } from "./tencent-chat-events.ts";
import type { TencentChatEventsProps } from "./tencent-chat-events-props.ts";

/** Properties of {@link TencentChatEventsStack}: those of the construct and those of any stack, such as `tags`. */
export interface TencentChatEventsStackProps extends TencentChatEventsProps, StackProps {}

/**
 * A stack that contains one {@link TencentChatEvents} and has its URL, names and ARNs as outputs.
 *
 * @example
 * ```ts
 * import { App } from "aws-cdk-lib";
 * import { TencentChatEventsStack } from "tencent-chat-events";
 *
 * new TencentChatEventsStack(new App(), "Chat", { sdkAppId: "1400000001" });
 * ```
 */
export class TencentChatEventsStack extends Stack {
  constructor(scope: Construct, id: string, props: TencentChatEventsStackProps) {
    super(scope, id, props);
    const { callbackUrl, domainTarget, tokenSecret, queue, eventBus, alarmTopic } = new TencentChatEvents(
      this,
      "ChatEvents",
      props,
    );
    new CfnOutput(this, "CallbackUrl", {
      description: "Callback URL to paste into the Chat console",
      value: callbackUrl,
    });
    if (domainTarget !== undefined) {
      new CfnOutput(this, "DomainTarget", {
        description: "Name that the DNS record of the callback URL's domain must point at",
        value: domainTarget,
      });
    }
    if (tokenSecret) {
      new CfnOutput(this, "TokenSecretArn", {
        description: "Secret with the token to paste into the Chat console",
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
    new CfnOutput(this, "AlarmTopicArn", {
      description: "Topic that alarms are published to",
      value: alarmTopic.topicArn,
    });
  }
}
