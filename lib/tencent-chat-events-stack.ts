import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { TencentChatEvents } from "./tencent-chat-events.ts";
import type { TencentChatEventsProps } from "./tencent-chat-events-props.ts";

/** Properties of {@link TencentChatEventsStack}: the construct's and those of any stack, such as its tags. */
export interface TencentChatEventsStackProps extends TencentChatEventsProps, StackProps {}

/** One Chat app's endpoint and destination, deployable by itself. */
export class TencentChatEventsStack extends Stack {
  constructor(scope: Construct, id: string, props: TencentChatEventsStackProps) {
    super(scope, id, props);
    const { callbackUrl, domainTarget, tokenSecret, queue, eventBus, alarmTopic } = new TencentChatEvents(
      this,
      "ChatEvents",
      props,
    );
    new CfnOutput(this, "CallbackUrl", {
      description: "Paste into the Chat console as the callback URL",
      value: callbackUrl,
    });
    if (domainTarget !== undefined) {
      new CfnOutput(this, "DomainTarget", {
        description: "What the DNS record of the callback URL's name is to point at",
        value: domainTarget,
      });
    }
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
    new CfnOutput(this, "AlarmTopicArn", {
      description: "Topic that alarms are published to",
      value: alarmTopic.topicArn,
    });
  }
}
