import { Dashboard, GraphWidget, type IMetric, Stats, TextWidget } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { REFUSAL_REASONS } from "../../tencent/refusal.ts";
import type { Monitored } from "./monitored.ts";

/** A dashboard is 24 units wide. Up to three graphs in a row are readable. */
const WIDTH = 24;
const GRAPHS_IN_A_ROW = 3;

const LARGEST = { statistic: Stats.MAXIMUM };

interface Graph {
  readonly title: string;
  readonly metrics: readonly IMetric[];
}

/** Creates the dashboard. From top to bottom, it answers an operator's first questions. */
export function createDashboard(scope: Construct, id: string, monitored: Monitored): Dashboard {
  const questions: Readonly<Record<string, readonly Graph[]>> = {
    "Are callbacks arriving?": arrivals(monitored),
    "Are they accepted?": outcomes(monitored),
    "Why are they refused?": refusals(monitored),
    "How fast?": latencies(monitored),
    "Is anything waiting or lost?": [
      ...eventsForConsumers(monitored),
      ...eventsWithRule(monitored),
      ...eventsInTrouble(monitored),
    ],
  };
  const dashboard = new Dashboard(scope, id);
  for (const [question, graphs] of Object.entries(questions)) {
    const width = WIDTH / Math.min(graphs.length, GRAPHS_IN_A_ROW);
    dashboard.addWidgets(new TextWidget({ markdown: `## ${question}`, width: WIDTH, height: 1 }));
    dashboard.addWidgets(...graphs.map(({ title, metrics }) => new GraphWidget({ title, left: [...metrics], width })));
  }
  return dashboard;
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
    { title: "Reply, in milliseconds: Tencent waits 2,000", metrics: percentiles((as) => api.metricLatency(as)) },
    { title: "Function, in milliseconds", metrics: percentiles((as) => callbackAlias.metricDuration(as)) },
    { title: "Storing an event, in milliseconds", metrics: percentiles((as) => metrics.publishTime(as)) },
  ];
}

function eventsForConsumers({ queue }: Monitored): Graph[] {
  if (queue === undefined) return [];
  return [
    {
      title: "Events that consumers have not dealt with",
      metrics: [
        queue.metricApproximateNumberOfMessagesVisible({ ...LARGEST, label: "waiting" }),
        queue.metricApproximateNumberOfMessagesNotVisible({ ...LARGEST, label: "being consumed" }),
      ],
    },
    {
      title: "Age of the oldest, in seconds",
      metrics: [queue.metricApproximateAgeOfOldestMessage({ ...LARGEST, label: "oldest" })],
    },
  ];
}

function eventsWithRule({ matchedEvents }: Monitored): Graph[] {
  return matchedEvents ? [{ title: "Events that the bus has a subscriber for", metrics: [matchedEvents] }] : [];
}

function eventsInTrouble({ metrics, standbyQueue, deadLetterQueues }: Monitored): Graph[] {
  return [
    {
      title: "Standby queue",
      metrics: [
        metrics.standby({ label: "sent there" }),
        metrics.parked({ label: "requests to be judged" }),
        metrics.republished({ label: "republished" }),
        standbyQueue.metricApproximateNumberOfMessagesVisible({ ...LARGEST, label: "waiting" }),
      ],
    },
    {
      title: "Lost unless somebody acts",
      metrics: [
        metrics.notStored({ label: "in the log alone" }),
        metrics.notParked({ label: "requests nobody could judge" }),
        ...Object.entries(deadLetterQueues).map(([owner, deadLetterQueue]) =>
          deadLetterQueue.metricApproximateNumberOfMessagesVisible({ ...LARGEST, label: `dead letters: ${owner}` }),
        ),
      ],
    },
  ];
}

function percentiles(metric: (as: { statistic: string; label: string }) => IMetric): IMetric[] {
  return [50, 90, 99].map((n) => metric({ statistic: Stats.percentile(n), label: `p${n}` }));
}
