import { Duration } from "aws-cdk-lib";
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Monitored } from "./monitored.ts";

/** The runbook, which has a heading for each alarm. */
const RUNBOOK = "docs/runbook.md";

/** Three quarters of the two seconds that Tencent waits. */
const SLOW_MS = 1_500;

/** Scanners and mistyped URLs cause fewer. */
const REFUSALS_IN_FIVE_MINUTES = 10;

const TOO_OLD = Duration.minutes(15);

/** Twice the longest pause between two attempts to republish. */
const TOO_LONG_ON_STANDBY = Duration.minutes(30);

/** Properties of {@link Alarms}. */
export interface AlarmsProps {
  readonly monitored: Monitored;
  /** The topic that alarms are published to. */
  readonly topic: ITopic;
  /** The time without a genuine callback after which an alarm goes off, in whole hours; `undefined` for never. */
  readonly silence: Duration | undefined;
}

interface AlarmSettings extends Partial<AlarmProps> {
  /** What happened, for the operator on call. */
  readonly meaning: string;
  /** The anchor of the alarm's heading in the runbook. */
  readonly heading: string;
  readonly metric: IMetric;
}

/** The alarms. Unless stated otherwise, an alarm goes off at the first occurrence. Its description links the runbook. */
export class Alarms extends Construct {
  /** The alarms that a bad version of the callback function would set off. */
  readonly ofBadVersion: readonly Alarm[];
  readonly #topic: ITopic;

  constructor(scope: Construct, id: string, { monitored, topic, silence }: AlarmsProps) {
    super(scope, id);
    this.#topic = topic;
    this.ofBadVersion = this.#addBadVersionAlarms(monitored);
    this.#addThrottleAlarms(monitored);
    this.#addRefusalAlarms(monitored);
    this.#addQueueAlarms(monitored);
    if (monitored.matchedEvents) this.#addMatchAlarm(monitored, monitored.matchedEvents);
    if (silence) this.#addSilenceAlarm(monitored, silence);
  }

  /**
   * Adds an alarm for a dead-letter queue that is not empty.
   *
   * @param owner names the queue's owner in the alarm's description
   */
  watchDeadLetters(scope: Construct, id: string, deadLetterQueue: IQueue, owner: string): void {
    this.#add(
      id,
      {
        meaning: `Events could not be processed and are in the dead-letter queue of ${owner}`,
        heading: "dead-letters",
        // `NumberOfMessagesSent` does not count messages that SQS itself moves to the queue.
        metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
      },
      scope,
    );
  }

  #addBadVersionAlarms({ metrics, api, callbackAlias }: Monitored): Alarm[] {
    const period = Duration.minutes(1);
    return [
      this.#add("EventsNotStored", {
        meaning: "Events of genuine callbacks are only in the log",
        heading: "events-not-stored",
        metric: metrics.notStored({ period }),
      }),
      this.#add("StandbyInUse", {
        meaning: "The destination does not accept events, which go to the standby queue instead",
        heading: "standby-in-use",
        metric: metrics.standby({ period }),
      }),
      this.#add("FunctionErrors", {
        meaning: "The callback function crashed or timed out, and the callbacks it was handling may be lost",
        heading: "function-errors",
        metric: callbackAlias.metricErrors({ period }),
      }),
      this.#add("ServerErrors", {
        meaning: "Callbacks are answered with 5xx",
        heading: "server-errors",
        metric: api.metricServerError({ period, statistic: Stats.SUM }),
      }),
      this.#add("SlowReplies", {
        meaning: `One reply in a hundred takes longer than ${SLOW_MS / 1000} s; Tencent waits 2 s`,
        heading: "slow-replies",
        metric: api.metricLatency({ period, statistic: Stats.percentile(99) }),
        threshold: SLOW_MS,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      }),
    ];
  }

  #addThrottleAlarms({ metrics, callbackAlias }: Monitored): void {
    const period = Duration.minutes(1);
    this.#add("FunctionThrottled", {
      meaning: "Lambda throttled the callback function, and the callbacks are lost",
      heading: "function-throttled",
      metric: callbackAlias.lambda.metricThrottles({ period }),
    });
    this.#add("GatewayThrottled", {
      meaning: "API Gateway throttled callbacks, which are lost",
      heading: "gateway-throttled",
      metric: metrics.throttled({ period }),
    });
  }

  #addRefusalAlarms({ metrics }: Monitored): void {
    this.#add("Refusals", {
      meaning: `At least ${REFUSALS_IN_FIVE_MINUTES} callbacks were refused in five minutes`,
      heading: "refusals",
      metric: metrics.refused(),
      threshold: REFUSALS_IN_FIVE_MINUTES,
    });
    this.#add("OnlyRefusals", {
      meaning: "For three hours, callbacks were refused and none was accepted",
      heading: "only-refusals",
      // Refusals never come without a value of `Genuine`, which is zero if there was no genuine callback.
      metric: metrics.genuine({ period: Duration.hours(1) }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
    });
    this.#add("ExpiredCallbacks", {
      meaning: "Callbacks with a valid signature arrived too late and were refused",
      heading: "expired-callbacks",
      metric: metrics.refused("request-expired"),
    });
  }

  #addQueueAlarms({ queue, republishFunction, standbyQueue, deadLetterQueues }: Monitored): void {
    if (queue) {
      this.#add("ConsumersBehind", {
        meaning: `The oldest event has waited for more than ${TOO_OLD.toHumanString()}`,
        heading: "consumers-behind",
        metric: queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
        threshold: TOO_OLD.toSeconds(),
      });
    }
    this.#add("RepublishErrors", {
      meaning: "The function that moves events from the standby queue to the destination fails",
      heading: "republish-errors",
      metric: republishFunction.metricErrors(),
    });
    this.#add("StandbyBehind", {
      meaning: `An event has been on the standby queue for more than ${TOO_LONG_ON_STANDBY.toHumanString()}`,
      heading: "standby-behind",
      metric: standbyQueue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
      threshold: TOO_LONG_ON_STANDBY.toSeconds(),
    });
    for (const [owner, deadLetterQueue] of Object.entries(deadLetterQueues)) {
      this.watchDeadLetters(this, `DeadLettersOf${owner}`, deadLetterQueue, owner.toLowerCase());
    }
  }

  #addMatchAlarm({ metrics }: Monitored, matchedEvents: IMetric): void {
    this.#add("EventsMatchNothing", {
      meaning: "The bus receives events but no rule matches them",
      heading: "events-match-nothing",
      // Two periods, as an event may be counted in one and matched in the next.
      evaluationPeriods: 2,
      metric: new MathExpression({
        expression: "IF(FILL(accepted, 0) - FILL(standby, 0) > 0 AND FILL(matched, 0) == 0, 1, 0)",
        usingMetrics: { accepted: metrics.accepted(), standby: metrics.standby(), matched: matchedEvents },
        period: Duration.hours(1),
      }),
    });
  }

  #addSilenceAlarm({ metrics }: Monitored, silence: Duration): void {
    this.#add("Silence", {
      meaning: `No genuine callback arrived for ${silence.toHumanString()}`,
      heading: "silence",
      metric: metrics.genuine({ period: Duration.hours(1) }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: silence.toHours(),
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  #add(id: string, settings: AlarmSettings, scope: Construct = this): Alarm {
    const { meaning, heading, ...props } = settings;
    const alarm = new Alarm(scope, id, {
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
      alarmDescription: `${meaning}: ${RUNBOOK}#${heading}`,
    });
    const action = new SnsAction(this.#topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}
