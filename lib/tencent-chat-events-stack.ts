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
    const chatEvents = new TencentChatEvents(this, "ChatEvents", props);
    const { queue, eventBus } = chatEvents;
    this.#addOutput("CallbackUrl", "Callback URL to paste into the Chat console", chatEvents.callbackUrl);
    this.#addOutput(
      "ApiUrl",
      "Callback URL on API Gateway's own domain, to use while the domain changes",
      chatEvents.apiUrl,
    );
    this.#addOutput(
      "DomainTarget",
      "Name that the DNS record of the callback URL's domain must point at",
      chatEvents.domainTarget,
    );
    this.#addOutput(
      "TokenSecretArn",
      "Secret with the token to paste into the Chat console",
      chatEvents.tokenSecret.secretArn,
    );
    this.#addOutput("QueueUrl", "Queue that consumers read from", queue?.queueUrl);
    this.#addOutput("QueueArn", "The same queue, for permissions and for Lambda's event sources", queue?.queueArn);
    this.#addOutput("EventBusName", "Bus that consumers subscribe to", eventBus?.eventBusName);
    this.#addOutput("AlarmTopicArn", "Topic that alarms are published to", chatEvents.alarmTopic?.topicArn);
    this.#addOutput("DashboardUrl", "Dashboard in the AWS console", chatEvents.dashboardUrl);
  }

  /** Adds an output unless the stack has nothing to show for it. */
  #addOutput(id: string, description: string, value: string | undefined): void {
    if (value !== undefined) new CfnOutput(this, id, { description, value });
  }
}
