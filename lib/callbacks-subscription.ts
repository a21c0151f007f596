import { Annotations, Duration } from "aws-cdk-lib";
import { type EventPattern, type IEventBus, type IRuleTarget, Match, Rule } from "aws-cdk-lib/aws-events";
import { addToDeadLetterQueueResourcePolicy } from "aws-cdk-lib/aws-events-targets";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { EVENT_SOURCE } from "../events/chat-event.ts";
import { createForwarding } from "../events/forwarding.ts";
import { warnOfUnknown } from "./forwarding.ts";
import { createQueue } from "./queues.ts";

/** What a subscriber may choose. */
export interface CallbacksSubscriptionOptions {
  /**
   * What has to stand in an event's `detail`, as an event pattern: `{ data: { Report_Account: ["alice"] } }`
   * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html).
   *
   * @default whatever stands there
   */
  readonly detail?: EventPattern["detail"];
  /**
   * How long the dead-letter queue keeps what could not be delivered, 14 days at most.
   *
   * @default 14 days
   */
  readonly retention?: Duration;
}

/** Properties of a {@link CallbacksSubscription}. */
export interface CallbacksSubscriptionProps extends CallbacksSubscriptionOptions {
  /** The bus that events are put on. */
  readonly eventBus: IEventBus;
  /**
   * Whose events: commands, families such as `C2C.*`, or `*`. Of those it means every event that comes, also of
   * before-callbacks that are forwarded. EventBridge takes some 50 names, a family is shorter.
   */
  readonly commands: readonly string[];
  /** Who gets them, without a dead-letter queue of its own. */
  readonly target: IRuleTarget;
}

/** How long EventBridge tries to deliver, and how often at most: 185 attempts are its own limit. */
const DELIVERY = { maximumEventAgeInSeconds: Duration.days(1).toSeconds(), maximumRetryAttempts: 185 };

/**
 * Delivers events from a bus to a target. What EventBridge can't deliver goes to a dead-letter queue; without one, it
 * would be dropped silently.
 */
export class CallbacksSubscription extends Construct {
  readonly rule: Rule;
  /** A standard queue, as EventBridge takes no other for this. */
  readonly deadLetterQueue: Queue;

  /** @throws {Error} when no command is named, or one is malformed, or the target has a dead-letter queue of its own */
  constructor(scope: Construct, id: string, props: CallbacksSubscriptionProps) {
    super(scope, id);
    const { eventBus, commands, target, detail, retention = Duration.days(14) } = props;
    if (commands.length === 0) throw new Error(`${id} names no commands: expected at least one, or * for all`);
    createForwarding(commands);
    warnOfUnknown(Annotations.of(this), "commands", commands);
    this.deadLetterQueue = createQueue(this, "DeadLetterQueue", retention);
    const deadLetterConfig = { arn: this.deadLetterQueue.queueArn };
    this.rule = new Rule(this, "Rule", {
      description: "Delivers events of Tencent Cloud Chat",
      eventBus,
      eventPattern: { source: [EVENT_SOURCE], ...matchCommands(commands), ...(detail && { detail }) },
      targets: [
        {
          bind(rule, targetId) {
            const config = target.bind(rule, targetId);
            if (config.deadLetterConfig !== undefined) {
              throw new Error(
                `The target of ${id} has a dead-letter queue of its own: leave it out, the subscription brings one`,
              );
            }
            return { ...config, deadLetterConfig, retryPolicy: config.retryPolicy ?? DELIVERY };
          },
        },
      ],
    });
    addToDeadLetterQueueResourcePolicy(this.rule, this.deadLetterQueue);
  }
}

function matchCommands(commands: readonly string[]): Pick<EventPattern, "detailType"> {
  if (commands.includes("*")) return {};
  return {
    detailType: Match.anyOf(
      ...commands.map((name) => (name.endsWith(".*") ? Match.prefix(name.slice(0, -"*".length)) : name)),
    ),
  };
}
