import { Annotations, Duration } from "aws-cdk-lib";
import type { IEventBus, IRuleTarget } from "aws-cdk-lib/aws-events";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import { Alias, type IFunction, type IVersion } from "aws-cdk-lib/aws-lambda";
import { type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { EnvironmentVariables } from "../functions/environment.ts";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { BundledFunction, readToken } from "./bundled-function.ts";
import { CallbacksSubscription, type CallbacksSubscriptionOptions } from "./callbacks-subscription.ts";
import { checkProps, warnOfProps } from "./check-props.ts";
import { Deployment } from "./deployment.ts";
import { Destination } from "./destination.ts";
import { Endpoint, type Throttle } from "./endpoint.ts";
import { mayBecomeEvents } from "./forwarding.ts";
import { settingsVariables, sourceVariables } from "./function-variables.ts";
import type { Alarms } from "./monitoring/alarms.ts";
import { ChatEventsMetrics } from "./monitoring/metrics.ts";
import { Monitoring } from "./monitoring/monitoring.ts";
import {
  ReadEventsSubscription,
  type ReadEventsSubscriptionOptions,
  type ReadEventsSubscriptionProps,
} from "./read-events-subscription.ts";
import { createStandby, Republishing } from "./republishing.ts";
import type { TencentChatEventsProps } from "./tencent-chat-events-props.ts";

/** Far above what ordinary apps send, far below what an account may use (10,000 a second in most regions). */
const DEFAULT_THROTTLE: Throttle = { rateLimit: 2_000, burstLimit: 4_000 };

/** The longest a queue keeps anything: an event that nobody consumed is gone after it. */
const DEFAULT_RETENTION = Duration.days(14);

/** Receives the callbacks of one Chat app and passes read reports, and what else is wanted, on as events, to a queue or a bus. */
export class TencentChatEvents extends Construct {
  /** The URL to paste into the Chat console. */
  readonly callbackUrl: string;
  /** What the DNS record of `domain` is to point at; `undefined` without a domain. */
  readonly domainTarget: string | undefined;
  /** Holds the token to paste into the Chat console; `undefined` when callbacks are not authenticated. */
  readonly tokenSecret: Secret | undefined;
  /** The queue that consumers read from; `undefined` with a bus that no queue was made for. */
  readonly queue: IQueue | undefined;
  /** The bus that consumers subscribe to; `undefined` with a queue as destination. */
  readonly eventBus: IEventBus | undefined;
  /** Where events wait while the destination does not take them. */
  readonly standbyQueue: IQueue;
  /** What is counted and measured, for alarms and dashboards of your own. */
  readonly metrics: ChatEventsMetrics;
  /** Where alarms are published. */
  readonly alarmTopic: ITopic;
  readonly #alarms: Alarms;
  readonly #retention: Duration;
  readonly #forward: readonly string[];

  /** @throws {Error} when properties are wrong or contradict each other; the message names them and the way out */
  constructor(scope: Construct, id: string, props: TencentChatEventsProps) {
    super(scope, id);
    checkProps(props);
    warnOfProps(Annotations.of(this), props);
    const { sdkAppId, destination = Destination.fifoQueue(), authentication, forward = [] } = props;
    const { retention = DEFAULT_RETENTION } = props;
    const logRetention = retention.toDays();
    this.#retention = retention;
    this.#forward = forward;
    const bound = destination.bind(this, retention, forward.length === 0 ? [READ_REPORT_COMMAND] : ["*"]);
    this.queue = bound.queue;
    this.eventBus = bound.eventBus;
    const standby = createStandby(this, retention);
    this.standbyQueue = standby.standbyQueue;
    this.tokenSecret =
      authentication === "none"
        ? undefined
        : new Secret(this, "Token", {
            description: `Callback token of Tencent Cloud Chat app ${sdkAppId}: paste it into the Chat console`,
            // The console takes letters and digits.
            generateSecretString: { passwordLength: 32, excludePunctuation: true },
          });

    const environment: EnvironmentVariables = {
      ...settingsVariables(props),
      ...bound.environment,
      STANDBY_QUEUE_URL: this.standbyQueue.queueUrl,
      ...(this.tokenSecret && { TOKEN_SECRET_ARN: this.tokenSecret.secretArn }),
    };
    const { memorySize, architecture, systemLogLevel, reservedConcurrentExecutions } = props;
    const settings = { memorySize, architecture, systemLogLevel };
    const callbackFunction = new BundledFunction(this, "CallbackFunction", {
      ...settings,
      reservedConcurrentExecutions,
      name: "callback",
      description: "Authenticates Tencent Cloud Chat's callbacks and stores them as events",
      environment,
      // It answers within 4 s, whatever happens.
      timeout: Duration.seconds(10),
      logRetention,
    });
    callbackFunction.allow(bound.publishPolicyId, ...bound.publishPermissions);
    callbackFunction.allow("SendToStandby", { actions: ["sqs:SendMessage"], resource: this.standbyQueue.queueArn });
    if (this.tokenSecret) callbackFunction.allow("ReadToken", readToken(this.tokenSecret));
    const { republishFunction } = new Republishing(this, "Republishing", {
      ...standby,
      destination: bound,
      tokenSecret: this.tokenSecret as ISecret | undefined,
      environment,
      settings,
      logRetention,
    });
    const alias = new Alias(this, "CallbackAlias", {
      aliasName: "live",
      // CDK's own types don't agree about optional properties, here and below.
      version: callbackFunction.currentVersion as IVersion,
    });

    const { throttle = DEFAULT_THROTTLE, domain, deployment: strategy = "canary" } = props;
    const { api, callbackUrl, domainTarget } = new Endpoint(this, "Endpoint", {
      sdkAppId,
      throttle,
      domain,
      logRetention,
      handler: alias as IFunction,
    });
    this.callbackUrl = callbackUrl;
    this.domainTarget = domainTarget;

    this.metrics = new ChatEventsMetrics(sdkAppId);
    const { topic, alarms } = new Monitoring(this, "Monitoring", {
      monitored: {
        metrics: this.metrics,
        api,
        callbackAlias: alias,
        republishFunction,
        standbyQueue: this.standbyQueue,
        queue: bound.queue,
        deadLetterQueues: { ...bound.deadLetterQueues, Standby: standby.standbyDeadLetterQueue },
        matchedEvents: bound.matchedEvents,
      },
      alarmTopic: props.alarmTopic,
      alarmEmail: props.alarmEmail,
      alarmOnSilence: props.alarmOnSilence,
    });
    this.alarmTopic = topic;
    this.#alarms = alarms;
    new Deployment(this, "Deployment", {
      strategy,
      alias,
      alarms: alarms.ofBadVersion,
      check: sourceVariables(props),
      tokenSecret: this.tokenSecret as ISecret | undefined,
      settings,
      logRetention,
    });
  }

  /**
   * Subscribes a target to read events on the bus, with a dead-letter queue of its own and an alarm for that.
   *
   * The dead-letter queue takes what EventBridge can't deliver. A Lambda function has its events as soon as they are handed
   * over: let it consume from a queue, or give it an `onFailure` destination for those it can't deal with.
   *
   * @param scope where the subscription stands: the stack of the target, of the same account and region as this
   * @param id what it is called there
   * @param target who gets the events, without a dead-letter queue of its own
   * @param options which of them
   * @throws {Error} when the destination is no bus
   */
  subscribeToReadEvents(
    scope: Construct,
    id: string,
    target: IRuleTarget,
    options: ReadEventsSubscriptionOptions = {},
  ): ReadEventsSubscription {
    return this.#watch(id, new ReadEventsSubscription(scope, id, this.#onBus(id, target, options)));
  }

  /**
   * Subscribes a target to the events of any callbacks on the bus, as {@link subscribeToReadEvents} does.
   *
   * @param scope where the subscription stands: the stack of the target, of the same account and region as this
   * @param id what it is called there
   * @param commands whose events: commands, families such as `C2C.*`, or `*`; of those every event that comes, also of
   *   before-callbacks that are forwarded
   * @param target who gets the events, without a dead-letter queue of its own
   * @param options which of them
   * @throws {Error} when the destination is no bus, or a command is malformed or never forwarded
   */
  subscribeToCallbacks(
    scope: Construct,
    id: string,
    commands: readonly string[],
    target: IRuleTarget,
    options: CallbacksSubscriptionOptions = {},
  ): CallbacksSubscription {
    const subscription = new CallbacksSubscription(scope, id, { ...this.#onBus(id, target, options), commands });
    const silent = commands.filter((name) => !mayBecomeEvents(name, this.#forward));
    if (silent.length > 0) {
      throw new Error(
        `${id} would never get an event of ${silent.join(", ")}: ${this.node.path} does not forward it, see its property forward`,
      );
    }
    return this.#watch(id, subscription);
  }

  /**
   * Allows somebody to consume events from the queue.
   *
   * @throws {Error} when there is no queue
   */
  grantConsumeEvents(grantee: IGrantable): Grant {
    if (this.queue === undefined) {
      throw new Error(
        `${this.node.path} has no queue to consume from, as its bus is somebody else's: subscribe to the bus instead`,
      );
    }
    return this.queue.grantConsumeMessages(grantee);
  }

  #onBus(id: string, target: IRuleTarget, options: CallbacksSubscriptionOptions): ReadEventsSubscriptionProps {
    if (this.eventBus === undefined) {
      throw new Error(
        `${this.node.path} has no bus to subscribe ${id} to: give it destination: Destination.eventBus(), or consume from its queue`,
      );
    }
    return { eventBus: this.eventBus, target, retention: this.#retention, ...options };
  }

  #watch<Subscription extends CallbacksSubscription>(id: string, subscription: Subscription): Subscription {
    this.#alarms.watchDeadLetters(subscription, "DeadLetters", subscription.deadLetterQueue, `subscription ${id}`);
    return subscription;
  }
}
