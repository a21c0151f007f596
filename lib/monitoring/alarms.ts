import { Duration } from "aws-cdk-lib";
import {
  type Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  type IAlarm,
  type Metric,
  Stats,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { DeadLetterQueues } from "../destination.ts";
import { AlarmFactory, type AlarmFactoryProps, type AlarmSettings } from "./alarm-factory.ts";
import type { Monitored } from "./monitored.ts";

/** Three quarters of the two seconds that Tencent waits. */
export const SLOW_MS = 1_500;

/** Scanners and mistyped URLs cause fewer. */
const REFUSALS_IN_FIVE_MINUTES = 10;

const TOO_OLD = Duration.minutes(15);

/** Twice the longest pause between two attempts to republish. */
const TOO_LONG_ON_STANDBY = Duration.minutes(30);

/** More than a blip, which a deployment of five minutes still notices. */
const TWO_OF_FIVE = { evaluationPeriods: 5, datapointsToAlarm: 2 };

/** The owners of dead-letter queues, in words. */
const OWNERS: Readonly<Record<keyof DeadLetterQueues, string>> = {
  Consumers: "the consumers",
  Bus: "the bus",
  Standby: "the standby queue",
};

/** For a count that should not be zero. */
const NONE = { threshold: 1, comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD };

/** Properties of {@link Alarms}. */
export interface AlarmsProps extends AlarmFactoryProps {
  readonly monitored: Monitored;
  /** The time without a genuine callback after which an alarm goes off, in whole hours; `undefined` for never. */
  readonly silence: Duration | undefined;
}

/**
 * The alarms.
 *
 * None compares metrics in an expression, because AWS does not say what `FILL` returns for a metric that never had a value
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html). It does say how an alarm treats
 * missing values (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
 */
export class Alarms extends Construct {
  /** The alarms that a bad version of the callback function would set off, but a moment of trouble in SQS would not. */
  readonly ofBadVersion: readonly Alarm[];
  readonly #factory: AlarmFactory;

  constructor(scope: Construct, id: string, { monitored, silence, ...props }: AlarmsProps) {
    super(scope, id);
    this.#factory = new AlarmFactory(this, props);
    const standbyInUse = this.#addStandbyAlarms(monitored);
    this.ofBadVersion = [standbyInUse, ...this.#addReplyAlarms(monitored)];
    this.#addStorageAlarms(monitored);
    this.#addThrottleAlarms(monitored);
    this.#addRefusalAlarms(monitored);
    if (monitored.matchedEvents) this.#addMatchAlarm(monitored, monitored.matchedEvents, standbyInUse);
    if (monitored.isRelaying) this.#addRelayAlarm(monitored);
    if (silence) this.#addSilenceAlarm(monitored, silence);
  }

  /** The alarms that notify the topic, including those of subscriptions that are watched later. */
  get notifying(): readonly IAlarm[] {
    return this.#factory.notifying;
  }

  /**
   * Adds an alarm for the dead-letter queue of a subscription.
   *
   * @param subscription the subscription, in any stack of the app
   * @param id names the subscription in the alarm's description
   */
  watchSubscription(subscription: Construct, id: string, deadLetterQueue: IQueue): void {
    this.#factory.createIn(subscription, "DeadLetters", deadLetters(`subscription ${id}`, deadLetterQueue));
  }

  #addStandbyAlarms({ metrics, standbyQueue }: Monitored): Alarm {
    this.#factory.create("StandbyBehind", {
      notice: "Reads are very late",
      cause: `an event or request has been on the standby queue for more than ${TOO_LONG_ON_STANDBY.toHumanString()}`,
      metric: standbyQueue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
      threshold: TOO_LONG_ON_STANDBY.toSeconds(),
    });
    // With few callbacks this may never go off: then StandbyBehind does.
    return this.#factory.create("StandbyInUse", {
      notice: "Reads are late",
      cause: "in two of five minutes the destination did not accept events, which went to the standby queue instead",
      metric: metrics.standby({ period: Duration.minutes(1) }),
      ...TWO_OF_FIVE,
    });
  }

  /** While relaying, a handler that fails or hangs also sets off those of replies, and no deployment starts. */
  #addReplyAlarms({ api, callbackAlias, isRelaying }: Monitored): Alarm[] {
    const period = Duration.minutes(1);
    const serverErrors = api.metricServerError({ period, statistic: Stats.SUM });
    const orHandler = isRelaying ? ", perhaps because of the existing handler" : "";
    const errorsMean = isRelaying ? "Reads are missing or late, or moderation is missing" : "Reads are missing or late";
    this.#factory.create("ServerErrors", {
      notice: errorsMean,
      cause: `callbacks were answered with 5xx${orHandler}`,
      metric: serverErrors,
    });
    return [
      this.#factory.create("FunctionErrors", {
        notice: "Reads are missing",
        cause: "the callback function crashed or timed out, and lost the callbacks it was handling",
        metric: callbackAlias.metricErrors({ period }),
      }),
      this.#factory.create("SlowReplies", {
        notice: isRelaying ? "Messages may be late" : "Users notice nothing yet",
        cause: `one reply in a hundred takes longer than ${SLOW_MS / 1000} s${orHandler}, and Tencent gives up after 2 s`,
        metric: api.metricLatency({ period, statistic: Stats.percentile(99) }),
        threshold: SLOW_MS,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
      }),
      this.#factory.createQuiet("RepeatedServerErrors", {
        notice: errorsMean,
        cause: `callbacks were answered with 5xx in two of five minutes${orHandler}. This alarm only rolls back deployments`,
        heading: "server-errors",
        metric: serverErrors,
        ...TWO_OF_FIVE,
      }),
    ];
  }

  #addStorageAlarms({ metrics, queue, deadLetterQueues }: Monitored): void {
    this.#factory.create("EventsNotStored", {
      notice: "Reads are missing",
      cause: "events of genuine callbacks are only in the log",
      metric: metrics.notStored({ period: Duration.minutes(1) }),
    });
    if (queue) {
      this.#factory.create("ConsumersBehind", {
        notice: "Reads are late",
        cause: `the oldest event has waited for more than ${TOO_OLD.toHumanString()}`,
        metric: queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM }),
        threshold: TOO_OLD.toSeconds(),
      });
    }
    for (const [owner, deadLetterQueue] of Object.entries(deadLetterQueues)) {
      const name = `Dead letters of ${owner.toLowerCase()}`;
      const words = OWNERS[owner as keyof DeadLetterQueues];
      this.#factory.create(`DeadLettersOf${owner}`, { ...deadLetters(words, deadLetterQueue), name });
    }
  }

  #addThrottleAlarms({ metrics, callbackAlias }: Monitored): void {
    const period = Duration.minutes(1);
    this.#factory.create("FunctionThrottled", {
      notice: "Reads are missing",
      cause: "Lambda throttled the callback function, and the callbacks are lost",
      metric: callbackAlias.lambda.metricThrottles({ period }),
    });
    this.#factory.create("GatewayThrottled", {
      notice: "Reads are missing",
      cause: "API Gateway throttled callbacks, which are lost",
      metric: metrics.throttled({ period }),
    });
  }

  #addRefusalAlarms({ metrics }: Monitored): void {
    this.#factory.create("Refusals", {
      notice: "If the token is wrong, all reads are missing; otherwise users notice nothing",
      cause: `at least ${REFUSALS_IN_FIVE_MINUTES} requests were refused in five minutes`,
      metric: metrics.refused(),
      threshold: REFUSALS_IN_FIVE_MINUTES,
    });
    // Refusals never come without a value of `Genuine`, which is zero if there was no genuine callback.
    this.#factory.create("OnlyRefusals", {
      notice: "All reads are missing",
      cause: "for three hours requests were refused and none was genuine",
      metric: metrics.genuine({ period: Duration.hours(1) }),
      ...NONE,
      evaluationPeriods: 3,
    });
    this.#factory.create("ExpiredCallbacks", {
      notice: "Reads are missing",
      cause: "callbacks with a valid signature arrived too late, were refused and are only in the log",
      metric: metrics.refused("request-expired"),
    });
    // Rolls no deployment back, or it would prevent that of the fix.
    this.#factory.create("SignedCallbacksRefused", {
      notice: "Reads are missing",
      cause: "callbacks with a valid signature were refused for their content and are only in the log",
      metric: metrics.refusedSigned({ period: Duration.minutes(1) }),
    });
  }

  /**
   * Adds an alarm that goes off at the first failure, as nothing repeats a callback. Five minutes, as a handler that restarts
   * would otherwise mail several times.
   *
   * It rolls no deployment back: the handler is not part of the version.
   */
  #addRelayAlarm({ metrics }: Monitored): void {
    this.#factory.create("RelayFailed", {
      notice: "Moderation or other work of the existing handler is missing",
      cause: "within five minutes the handler did not accept at least one callback, which nothing repeats",
      metric: metrics.relayFailed(),
    });
  }

  /**
   * Adds an alarm that goes off if events were stored and none matched. It combines two others, as the metric of matched events
   * may have no value before the first match. That one of them asks for nothing stored, and has to be OK, leaves no alarm on
   * while events flow. Both look at the same hours: with few events CloudWatch looks back further, and in both alike.
   *
   * Events on standby count as stored but are not on the bus: their own alarm goes first.
   */
  #addMatchAlarm({ metrics }: Monitored, matchedEvents: Metric, standbyInUse: Alarm): void {
    const period = Duration.hours(1);
    const part = { heading: "events-match-nothing", treatMissingData: TreatMissingData.BREACHING, ...NONE };
    // Two hours, as an event may be stored in one and matched in the next.
    const nothingMatched = this.#factory.createQuiet("NothingMatched", {
      ...part,
      notice: "Users notice nothing yet",
      cause: "for two hours no rule of the bus matched an event. This is a part of the alarm Events match nothing",
      metric: matchedEvents.with({ period }),
      evaluationPeriods: 2,
    });
    const nothingStored = this.#factory.createQuiet("NothingStored", {
      ...part,
      notice: "Users notice nothing yet",
      cause: "in one of two hours no event was stored. While this is on, the alarm Events match nothing cannot go off",
      metric: metrics.accepted({ period }),
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
    });
    this.#factory.createComposite(
      "EventsMatchNothing",
      { notice: "All reads are missing", cause: "for hours no rule matched the events on the bus" },
      AlarmRule.allOf(
        AlarmRule.fromAlarm(nothingMatched, AlarmState.ALARM),
        AlarmRule.fromAlarm(nothingStored, AlarmState.OK),
        AlarmRule.not(AlarmRule.fromAlarm(standbyInUse, AlarmState.ALARM)),
      ),
    );
  }

  /** The alarm may be a few hours late, as CloudWatch looks back that much further before it counts missing hours. */
  #addSilenceAlarm({ metrics }: Monitored, silence: Duration): void {
    this.#factory.create("Silence", {
      notice: "All reads are missing, unless there were none",
      cause: `no genuine callback arrived for ${silence.toHumanString()}`,
      metric: metrics.genuine({ period: Duration.hours(1) }),
      ...NONE,
      evaluationPeriods: silence.toHours(),
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}

function deadLetters(owner: string, queue: IQueue): AlarmSettings {
  return {
    notice: "Some reads are missing",
    cause: `events could not be processed and are in the dead-letter queue of ${owner}`,
    heading: "dead-letters",
    // `NumberOfMessagesSent` does not count messages that SQS itself moves to the queue.
    metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM }),
  };
}
