// The package's face: what other people's CDK apps use.

export {
  ChatEventsSubscription,
  type ChatEventsSubscriptionOptions,
  type ChatEventsSubscriptionProps,
} from "./chat-events-subscription.ts";
export type { DeploymentStrategy } from "./deployment.ts";
export { type BoundDestination, Destination } from "./destination.ts";
export type { CallbackDomain, Throttle } from "./endpoint.ts";
export { ChatEventsMetrics } from "./monitoring/metrics.ts";
export { TencentChatEvents } from "./tencent-chat-events.ts";
export type { TencentChatEventsProps } from "./tencent-chat-events-props.ts";
export { TencentChatEventsStack, type TencentChatEventsStackProps } from "./tencent-chat-events-stack.ts";
