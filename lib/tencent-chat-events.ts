import { Annotations } from "aws-cdk-lib";
import type { IEventBus, IRuleTarget } from "aws-cdk-lib/aws-events";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { EnvironmentVariables } from "../functions/environment.ts";
import { createCallbackFunction } from "./callback-function.ts";
import { CallbacksSubscription, type CallbacksSubscriptionOptions, canGetEvents } from "./callbacks-subscription.ts";
import { findOwnUrl } from "./check-relay.ts";
import { checkProps, warnOfRisks } from "./check-settings.ts";
import { Deployment } from "./deployment.ts";
import { Endpoint } from "./endpoint.ts";
import { toVariables } from "./function-variables.ts";
import { ChatEventsMetrics } from "./monitoring/metrics.ts";
import type { Monitored } from "./monitoring/monitored.ts";
import { Monitoring } from "./monitoring/monitoring.ts";
import {
  ReadEventsSubscription,
  type ReadEventsSubscriptionOptions,
  type ReadEventsSubscriptionProps,
} from "./read-events-subscription.ts";
import { createStandby, Republishing } from "./republishing.ts";
import { type Retention, retentionOf } from "./retention.ts";
import { applyDefaults, type TencentChatEventsProps } from "./tencent-chat-events-props.ts";

/**
 * Receives the callbacks of one Chat app and publishes read reports, and others by choice, as events to a queue or a bus.
 *
 * @example
 * ```ts
 * import { App, CfnOutput, Stack } from "aws-cdk-lib";
 * import { TencentChatEvents } from "tencent-chat-events";
 *
 * const stack = new Stack(new App(), "Chat");
 * const chatEvents = new TencentChatEvents(stack, "ChatEvents", { sdkAppId: "1400000001" });
 * new CfnOutput(stack, "CallbackUrl", { value: chatEvents.callbackUrl });
 * ```
 */
export class TencentChatEvents extends Construct {
  /** The URL to paste into the Chat console. */
  readonly callbackUrl: string;
  /** The name that the DNS record of `domain` must point at; `undefined` without a domain. */
  readonly domainTarget: string | undefined;
  /** API Gateway's own URL for callbacks, which works with any `domain`. */
  readonly apiUrl: string;
  /** The token to paste into the Chat console. It also exists without authentication, so that you can switch to it. */
  readonly tokenSecret: Secret;
  /** The queue that consumers read from; `undefined` with an existing bus. */
  readonly queue: IQueue | undefined;
  /** The bus that consumers subscribe to; `undefined` if the destination is a queue. */
  readonly eventBus: IEventBus | undefined;
  /** The queue in which events wait while the destination fails. */
  readonly standbyQueue: IQueue;
  /** Metrics for your own alarms and dashboards. */
  readonly metrics: ChatEventsMetrics;
  /** The topic that alarms are published to; `undefined` with `footprint` set to `small`. */
  readonly alarmTopic: ITopic | undefined;
  readonly #monitoring: Monitoring | undefined;
  readonly #retention: Retention;
  readonly #forward: readonly string[];

  /** @throws {Error} if properties are invalid or contradict each other, naming all of them */
  constructor(scope: Construct, id: string, props: TencentChatEventsProps) {
    super(scope, id);
    checkProps(props);
    warnOfRisks(Annotations.of(this), props);
    const settings = applyDefaults(props);
    const { sdkAppId, authentication, visibilityTimeout } = settings;
    const retention = retentionOf(settings.retention);
    this.#forward = settings.forward;
    this.#retention = retention;

    const destination = settings.destination.bind(this, { retention, visibilityTimeout });
    this.queue = destination.queue;
    this.eventBus = destination.eventBus;
    const { standbyQueue, standbyDeadLetterQueue } = createStandby(this, retention);
    this.standbyQueue = standbyQueue;
    this.tokenSecret = createTokenSecret(this, sdkAppId);

    const { memorySize, architecture, systemLogLevel, reservedConcurrentExecutions } = settings;
    const logRetention = retention.recovery.toDays();
    const functionProps = { memorySize, architecture, systemLogLevel, logRetention };
    // The casts here and below are needed because CDK is not compiled with exactOptionalPropertyTypes.
    const tokenSecret = authentication === "none" ? undefined : (this.tokenSecret as ISecret);
    const hasMetrics = settings.footprint === "full";
    const environment: EnvironmentVariables = {
      ...toVariables({ ...props, authentication }),
      ...destination.environment,
      STANDBY_QUEUE_URL: standbyQueue.queueUrl,
      ...(!hasMetrics && { METRICS: "none" }),
      ...(tokenSecret && { TOKEN_SECRET_ARN: tokenSecret.secretArn }),
    };
    const publishing = { functionProps, environment, destination, standbyQueue, tokenSecret };
    const callbackAlias = createCallbackFunction(this, { ...publishing, reservedConcurrentExecutions });
    new Republishing(this, "Republishing", {
      ...publishing,
      standbyDeadLetterQueue,
      concurrency: settings.republishConcurrency,
    });

    const { throttle, domain } = settings;
    const handler = callbackAlias as IFunction;
    const endpoint = new Endpoint(this, "Endpoint", { sdkAppId, throttle, domain, logRetention, hasMetrics, handler });
    this.callbackUrl = endpoint.callbackUrl;
    this.apiUrl = endpoint.apiUrl;
    this.domainTarget = endpoint.domainTarget;

    const { relayUrl } = settings;
    if (relayUrl !== undefined) this.node.addValidation({ validate: () => findOwnUrl(relayUrl, endpoint) });

    this.metrics = new ChatEventsMetrics(sdkAppId);
    if (!hasMetrics) return;
    const { alarmTopic, alarmEmail, alarmOnSilence, runbookUrl } = settings;
    const monitored: Monitored = {
      metrics: this.metrics,
      api: endpoint.api,
      callbackAlias,
      standbyQueue,
      queue: destination.queue,
      deadLetterQueues: { ...destination.deadLetterQueues, Standby: standbyDeadLetterQueue },
      matchedEvents: destination.matchedEvents,
      isRelaying: relayUrl !== undefined,
    };
    this.#monitoring = new Monitoring(this, "Monitoring", {
      monitored,
      alarmTopic,
      alarmEmail,
      alarmOnSilence,
      runbookUrl,
    });
    this.alarmTopic = this.#monitoring.topic;
    new Deployment(this, "Deployment", {
      strategy: settings.deployment,
      alias: callbackAlias,
      alarms: this.#monitoring.alarmsOfBadVersion,
      variables: toVariables({ sdkAppId, allowedSourceCidrs: settings.allowedSourceCidrs }),
      tokenSecret,
      functionProps,
    });
  }

  /** The URL of the dashboard in the AWS console; `undefined` with `footprint` set to `small`. */
  get dashboardUrl(): string | undefined {
    return this.#monitoring?.dashboardUrl;
  }

  /**
   * Subscribes a target to read events on the bus, with a dead-letter queue and, unless `footprint` is `small`, an alarm for it.
   *
   * The dead-letter queue receives events that EventBridge cannot deliver. An event counts as delivered once Lambda has
   * accepted it, even if the function then fails. Let a function consume from a queue, or give it an `onFailure` destination.
   *
   * @param scope the scope of the subscription: the target's stack, in the same account and region as this construct
   * @param id the subscription's id
   * @param target the target, which must not have its own dead-letter queue
   * @param options the events to deliver, and how long the dead-letter queue keeps them
   * @throws {Error} if the destination is not a bus
   * @example
   * ```ts
   * import type { Stack } from "aws-cdk-lib";
   * import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
   * import { Queue } from "aws-cdk-lib/aws-sqs";
   * import type { TencentChatEvents } from "tencent-chat-events";
   *
   * export function subscribe(stack: Stack, chatEvents: TencentChatEvents): void {
   *   const queue = new Queue(stack, "AlicesReadEvents");
   *   const detail = { data: { Report_Account: ["alice"] } };
   *   chatEvents.subscribeToReadEvents(stack, "Alice", new SqsQueue(queue), { detail });
   * }
   * ```
   */
  subscribeToReadEvents(
    scope: Construct,
    id: string,
    target: IRuleTarget,
    options: ReadEventsSubscriptionOptions = {},
  ): ReadEventsSubscription {
    return this.#addAlarm(id, new ReadEventsSubscription(scope, id, this.#subscriptionProps(id, target, options)));
  }

  /**
   * Subscribes a target to events of any callbacks on the bus, as {@link subscribeToReadEvents} does.
   *
   * @param scope the scope of the subscription: the target's stack, in the same account and region as this construct
   * @param id the subscription's id
   * @param commands commands, families such as `C2C.*`, or `*`. Families and `*` include before-callbacks that are forwarded
   * @param target the target, which must not have its own dead-letter queue
   * @param options the events to deliver, and how long the dead-letter queue keeps them
   * @throws {Error} if the destination is not a bus, or a command is malformed or never forwarded
   * @example
   * ```ts
   * import type { Stack } from "aws-cdk-lib";
   * import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
   * import { Queue } from "aws-cdk-lib/aws-sqs";
   * import type { TencentChatEvents } from "tencent-chat-events";
   *
   * export function subscribe(stack: Stack, chatEvents: TencentChatEvents): void {
   *   const commands = ["C2C.CallbackAfterMsgReport", "C2C.CallbackAfterSendMsg"];
   *   chatEvents.subscribeToCallbacks(stack, "Messages", commands, new SqsQueue(new Queue(stack, "Queue")));
   * }
   * ```
   */
  subscribeToCallbacks(
    scope: Construct,
    id: string,
    commands: readonly string[],
    target: IRuleTarget,
    options: CallbacksSubscriptionOptions = {},
  ): CallbacksSubscription {
    const props = { ...this.#subscriptionProps(id, target, options), commands };
    const subscription = new CallbacksSubscription(scope, id, props);
    const silent = commands.filter((name) => !canGetEvents(name, this.#forward));
    if (silent.length > 0) {
      throw new Error(
        `${id} would never get an event of ${silent.join(", ")}: add it to the property forward of ${this.node.path}`,
      );
    }
    return this.#addAlarm(id, subscription);
  }

  /**
   * Allows a principal to consume events from the queue.
   *
   * @throws {Error} if there is no queue
   *
   * @example
   * ```ts
   * import type { IGrantable } from "aws-cdk-lib/aws-iam";
   * import type { TencentChatEvents } from "tencent-chat-events";
   *
   * export function connect(worker: IGrantable, chatEvents: TencentChatEvents): void {
   *   chatEvents.grantConsumeEvents(worker);
   * }
   * ```
   */
  grantConsumeEvents(grantee: IGrantable): Grant {
    if (this.queue === undefined) {
      throw new Error(
        `${this.node.path} has no queue, as its destination is an existing bus: subscribe to the bus instead`,
      );
    }
    return this.queue.grantConsumeMessages(grantee);
  }

  #subscriptionProps(
    id: string,
    target: IRuleTarget,
    options: CallbacksSubscriptionOptions,
  ): ReadEventsSubscriptionProps {
    if (this.eventBus === undefined) {
      throw new Error(
        `${this.node.path} has no bus to subscribe ${id} to: set destination to Destination.eventBus(), or consume from its queue`,
      );
    }
    return { eventBus: this.eventBus, target, retention: this.#retention.recovery, ...options };
  }

  #addAlarm<Subscription extends CallbacksSubscription>(id: string, subscription: Subscription): Subscription {
    this.#monitoring?.watchSubscription(id, subscription);
    return subscription;
  }
}

function createTokenSecret(scope: Construct, sdkAppId: string): Secret {
  return new Secret(scope, "Token", {
    description: `Callback token of Tencent Cloud Chat app ${sdkAppId}, to paste into the Chat console`,
    // The console accepts only letters and digits.
    generateSecretString: { passwordLength: 32, excludePunctuation: true },
  });
}
