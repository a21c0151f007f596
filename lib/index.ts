// The package's exports for CDK apps.

export type { AllowStatement } from "./bundled-function.ts";
export {
  CallbacksSubscription,
  type CallbacksSubscriptionOptions,
  type CallbacksSubscriptionProps,
} from "./callbacks-subscription.ts";
export type { DeploymentStrategy } from "./deployment.ts";
export { type BoundDestination, type DeadLetterQueues, Destination } from "./destination.ts";
export type { CallbackDomain, Throttle } from "./endpoint.ts";
export { ChatEventsMetrics } from "./monitoring/metrics.ts";
export {
  ReadEventsSubscription,
  type ReadEventsSubscriptionOptions,
  type ReadEventsSubscriptionProps,
} from "./read-events-subscription.ts";
export { TencentChatEvents } from "./tencent-chat-events.ts";
export type { TencentChatEventsProps } from "./tencent-chat-events-props.ts";
export { TencentChatEventsStack, type TencentChatEventsStackProps } from "./tencent-chat-events-stack.ts";
