import { Color, type HorizontalAnnotation, type IMetric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { HANDLER_UNTIL_MS } from "../../functions/callback/deadlines.ts";
import { REFUSAL_REASONS } from "../../tencent/refusal.ts";
import type { DeadLetterQueues } from "../destination.ts";
import { SLOW_MS } from "./alarms.ts";
import type { Monitored } from "./monitored.ts";

/** A graph of the dashboard. */
export interface Graph {
  readonly title: string;
  readonly metrics: readonly IMetric[];
  /** Horizontal lines. */
  readonly lines?: readonly HorizontalAnnotation[];
}

/** A question of an operator, and the graphs that answer it. */
export interface Question {
  readonly question: string;
  /** The runbook's heading to go on with. */
  readonly heading: string;
  readonly graphs: readonly Graph[];
}

/** Tencent ignores later replies. */
const TENCENT_GIVES_UP: HorizontalAnnotation = { value: 2_000, label: "Tencent gives up", color: Color.RED };

const LARGEST = { statistic: Stats.MAXIMUM };

/** The title of the graph to which subscriptions add their dead letters. */
export const LOST = "Lost unless somebody acts";

/** An operator's first questions, in order. */
export function operatorsQuestions(monitored: Monitored): Question[] {
  return [
    { question: "Is anything lost?", heading: "dead-letters", graphs: losses(monitored) },
    { question: "Are callbacks arriving?", heading: "silence", graphs: arrivals(monitored) },
    { question: "Are they accepted?", heading: "server-errors", graphs: outcomes(monitored) },
    ...(monitored.isRelaying
      ? [{ question: "Does the existing handler accept them?", heading: "relay-failed", graphs: relaying(monitored) }]
      : []),
    { question: "Why are they refused?", heading: "refusals", graphs: refusals(monitored) },
    { question: "How fast?", heading: "slow-replies", graphs: latencies(monitored) },
    { question: "Is anything waiting?", heading: "standby-behind", graphs: waits(monitored) },
  ];
}

/** Counts of the time that the dashboard shows. */
export function totals({ metrics, api }: Monitored): IMetric[] {
  return [
    metrics.genuine({ label: "genuine callbacks" }),
    metrics.accepted({ label: "events stored" }),
    metrics.refused(undefined, { label: "refused" }),
    api.metricServerError({ statistic: Stats.SUM, label: "5xx" }),
    metrics.notStored({ label: "only in the log" }),
  ];
}

/** The latest values of what should be low. */
export function latest({ queue, standbyQueue, deadLetterQueues }: Monitored): IMetric[] {
  return [
    ...(queue ? [waiting(queue, "events waiting"), age(queue, "age of the oldest, in seconds")] : []),
    waiting(standbyQueue, "on standby"),
    ...deadLetters(deadLetterQueues),
  ];
}

function arrivals({ metrics, api, callbackAlias }: Monitored): Graph[] {
  return [
    { title: "Requests", metrics: [api.metricCount({ statistic: Stats.SUM, label: "requests" })] },
    {
      title: "Turned away before the function",
      metrics: [
        metrics.throttled({ label: "by API Gateway's throttle" }),
        callbackAlias.lambda.metricThrottles({ label: "by Lambda's concurrency" }),
      ],
    },
    { title: "Lag: milliseconds from the read to its receipt", metrics: percentiles((as) => metrics.lag(as)) },
  ];
}

function outcomes({ metrics, api, callbackAlias }: Monitored): Graph[] {
  return [
    {
      title: "Genuine callbacks",
      metrics: [metrics.genuine({ label: "genuine" }), metrics.accepted({ label: "event stored" })],
    },
    {
      title: "Not answered OK",
      metrics: [
        metrics.refused(undefined, { label: "refused" }),
        api.metricServerError({ statistic: Stats.SUM, label: "5xx" }),
        callbackAlias.metricErrors({ label: "function failed" }),
      ],
    },
  ];
}

function relaying({ metrics }: Monitored): Graph[] {
  return [
    {
      title: "Relayed callbacks",
      metrics: [metrics.relayed({ label: "relayed" }), metrics.relayFailed({ label: "not accepted by the handler" })],
    },
    {
      title: "The handler's reply, in milliseconds",
      metrics: percentiles((as) => metrics.relayTime(as)),
      lines: [{ value: HANDLER_UNTIL_MS, label: "too late", color: Color.ORANGE }, TENCENT_GIVES_UP],
    },
  ];
}

function refusals({ metrics }: Monitored): Graph[] {
  return [
    {
      title: "Refusals by reason",
      metrics: REFUSAL_REASONS.map((reason) => metrics.refused(reason, { label: reason })),
    },
  ];
}

function latencies({ metrics, api, callbackAlias }: Monitored): Graph[] {
  return [
    {
      title: "Reply, in milliseconds",
      metrics: percentiles((as) => api.metricLatency(as)),
      lines: [{ value: SLOW_MS, label: "alarm", color: Color.ORANGE }, TENCENT_GIVES_UP],
    },
    { title: "Function, in milliseconds", metrics: percentiles((as) => callbackAlias.metricDuration(as)) },
    { title: "Storing an event, in milliseconds", metrics: percentiles((as) => metrics.publishTime(as)) },
  ];
}

function waits({ metrics, queue, standbyQueue }: Monitored): Graph[] {
  const standby = {
    title: "Standby queue",
    metrics: [
      metrics.standby({ label: "sent there" }),
      metrics.parked({ label: "requests to be verified" }),
      metrics.republished({ label: "republished" }),
      waiting(standbyQueue, "waiting"),
    ],
  };
  if (queue === undefined) return [standby];
  const beingConsumed = queue.metricApproximateNumberOfMessagesNotVisible({ ...LARGEST, label: "being consumed" });
  return [
    { title: "Events for consumers", metrics: [waiting(queue, "waiting"), beingConsumed] },
    { title: "Age of the oldest, in seconds", metrics: [age(queue, "oldest")] },
    standby,
  ];
}

function losses({ metrics, matchedEvents, deadLetterQueues }: Monitored): Graph[] {
  return [
    ...(matchedEvents ? [{ title: "Events that the bus has a subscriber for", metrics: [matchedEvents] }] : []),
    {
      title: LOST,
      metrics: [
        metrics.notStored({ label: "only in the log" }),
        metrics.refusedSigned({ label: "signed but refused, only in the log" }),
        metrics.notParked({ label: "requests dropped unverified" }),
        ...deadLetters(deadLetterQueues),
      ],
    },
  ];
}

function percentiles(metric: (as: { statistic: string; label: string }) => IMetric): IMetric[] {
  return [50, 90, 99].map((n) => metric({ statistic: Stats.percentile(n), label: `p${n}` }));
}

function deadLetters(deadLetterQueues: DeadLetterQueues): IMetric[] {
  return Object.entries(deadLetterQueues).map(([owner, queue]) => deadLettersOf(owner.toLowerCase(), queue));
}

/** The number of dead letters. */
export function deadLettersOf(owner: string, deadLetterQueue: IQueue): IMetric {
  return waiting(deadLetterQueue, `dead letters of ${owner}`);
}

function waiting(queue: IQueue, label: string): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({ ...LARGEST, label });
}

function age(queue: IQueue, label: string): IMetric {
  return queue.metricApproximateAgeOfOldestMessage({ ...LARGEST, label });
}
