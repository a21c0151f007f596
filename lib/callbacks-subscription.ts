import { Annotations, Duration } from "aws-cdk-lib";
import { type EventPattern, type IEventBus, type IRuleTarget, Match, Rule } from "aws-cdk-lib/aws-events";
import { addToDeadLetterQueueResourcePolicy } from "aws-cdk-lib/aws-events-targets";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { EVENT_SOURCE } from "../events/chat-event.ts";
import { createForwarding } from "../events/forwarding.ts";
import { familyOf, READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { createQueue } from "./queues.ts";
import { warnOfUndocumented } from "./undocumented-commands.ts";

/** Options of a {@link CallbacksSubscription}. */
export interface CallbacksSubscriptionOptions {
  /**
   * An event pattern for the events' `detail`, such as `{ data: { Report_Account: ["alice"] } }`
   * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html).
   *
   * @default every event matches
   */
  readonly detail?: EventPattern["detail"];
  /**
   * How long the dead-letter queue keeps events that could not be delivered, at most 14 days.
   *
   * @default 14 days
   */
  readonly retention?: Duration;
}

/** Properties of a {@link CallbacksSubscription}. */
export interface CallbacksSubscriptionProps extends CallbacksSubscriptionOptions {
  readonly eventBus: IEventBus;
  /**
   * Commands, families such as `C2C.*`, or `*`. Families and `*` include before-callbacks that are forwarded. EventBridge
   * accepts about 50 commands in one rule, so prefer families.
   */
  readonly commands: readonly string[];
  /** The target of the events. It must not have its own dead-letter queue. */
  readonly target: IRuleTarget;
}

/** EventBridge retries for a day. Its own limit is 185 attempts. */
const RETRY_POLICY = { maximumEventAgeInSeconds: Duration.days(1).toSeconds(), maximumRetryAttempts: 185 };

/**
 * Delivers events from a bus to a target. Events that EventBridge cannot deliver go to a dead-letter queue, without which
 * EventBridge would drop them silently. CloudFormation keeps that queue, but deletes the rule with the subscription: what
 * EventBridge is then still retrying is only in the bus's archive.
 *
 * @example
 * ```ts
 * import type { Stack } from "aws-cdk-lib";
 * import { EventBus } from "aws-cdk-lib/aws-events";
 * import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
 * import { Queue } from "aws-cdk-lib/aws-sqs";
 * import { CallbacksSubscription } from "tencent-chat-events";
 *
 * export function subscribe(stack: Stack, eventBusName: string): void {
 *   const eventBus = EventBus.fromEventBusName(stack, "ChatEventBus", eventBusName);
 *   const target = new SqsQueue(new Queue(stack, "GroupEvents"));
 *   new CallbacksSubscription(stack, "Groups", { eventBus, commands: ["Group.*"], target });
 * }
 * ```
 */
export class CallbacksSubscription extends Construct {
  readonly rule: Rule;
  /** A standard queue, as EventBridge does not support FIFO dead-letter queues. */
  readonly deadLetterQueue: Queue;

  /** @throws {Error} if there are no commands, one is malformed, or the target has its own dead-letter queue */
  constructor(scope: Construct, id: string, props: CallbacksSubscriptionProps) {
    super(scope, id);
    const { eventBus, commands, target, detail, retention = Duration.days(14) } = props;
    if (commands.length === 0) throw new Error(`${id} names no commands: expected at least one, or * for all`);
    createForwarding(commands);
    warnOfUndocumented(Annotations.of(this), "commands", commands);
    this.deadLetterQueue = createQueue(this, "DeadLetterQueue", retention);
    this.rule = new Rule(this, "Rule", {
      description: "Delivers events of Tencent Cloud Chat",
      eventBus,
      eventPattern: { source: [EVENT_SOURCE], ...matchCommands(commands), ...(detail && { detail }) },
      targets: [withDeadLetterQueue(id, target, this.deadLetterQueue)],
    });
    addToDeadLetterQueueResourcePolicy(this.rule, this.deadLetterQueue);
  }
}

function withDeadLetterQueue(id: string, target: IRuleTarget, deadLetterQueue: Queue): IRuleTarget {
  return {
    bind(rule, targetId) {
      const config = target.bind(rule, targetId);
      if (config.deadLetterConfig !== undefined) {
        throw new Error(
          `The target of ${id} has its own dead-letter queue: leave it out, as the subscription adds one`,
        );
      }
      return {
        ...config,
        deadLetterConfig: { arn: deadLetterQueue.queueArn },
        retryPolicy: config.retryPolicy ?? RETRY_POLICY,
      };
    },
  };
}

function matchCommands(commands: readonly string[]): Pick<EventPattern, "detailType"> {
  if (commands.includes("*")) return {};
  return {
    detailType: Match.anyOf(
      ...commands.map((name) => (name.endsWith(".*") ? Match.prefix(name.slice(0, -"*".length)) : name)),
    ),
  };
}

/**
 * Tells whether a subscription can ever get an event.
 *
 * @param name the command that it names, a family such as `C2C.*`, or `*`
 * @param forward the commands and families that are forwarded
 */
export function canGetEvents(name: string, forward: readonly string[]): boolean {
  if (name === "*") return true;
  const commands = [READ_REPORT_COMMAND, ...forward];
  if (!name.endsWith(".*")) return createForwarding(commands).has(name);
  return commands.includes("*") || commands.some((command) => familyOf(command) === familyOf(name));
}
