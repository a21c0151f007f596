import { Dashboard, GraphWidget, type IMetric, Stats, TextWidget } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { REFUSAL_REASONS } from "../../tencent/refusal.ts";
import type { Monitored } from "./monitored.ts";

/** A dashboard is 24 units wide. Up to three graphs in a row are readable. */
const WIDTH = 24;
const GRAPHS_IN_A_ROW = 3;

interface Graph {
  readonly title: string;
  readonly metrics: readonly IMetric[];
}

/** Creates the dashboard. From top to bottom, it answers an operator's first questions. */
export function createDashboard(scope: Construct, id: string, monitored: Monitored): Dashboard {
  const { metrics, api, callbackAlias, standbyQueue, queue, deadLetterQueues, matchedEvents } = monitored;
  const largest = { statistic: Stats.MAXIMUM };
  const waitingForConsumers: Graph[] = queue
    ? [
        {
          title: "Events that consumers have not dealt with",
          metrics: [
            queue.metricApproximateNumberOfMessagesVisible({ ...largest, label: "waiting" }),
            queue.metricApproximateNumberOfMessagesNotVisible({ ...largest, label: "being consumed" }),
          ],
        },
        {
          title: "Age of the oldest, in seconds",
          metrics: [queue.metricApproximateAgeOfOldestMessage({ ...largest, label: "oldest" })],
        },
      ]
    : [];
  const matched: Graph[] = matchedEvents
    ? [{ title: "Events that the bus has a subscriber for", metrics: [matchedEvents] }]
    : [];

  const questions: Readonly<Record<string, readonly Graph[]>> = {
    "Are callbacks arriving?": [
      { title: "Requests", metrics: [api.metricCount({ statistic: Stats.SUM, label: "requests" })] },
      {
        title: "Turned away before the function",
        metrics: [
          metrics.throttled({ label: "by API Gateway's throttle" }),
          callbackAlias.lambda.metricThrottles({ label: "by Lambda's concurrency" }),
        ],
      },
      { title: "Lag: milliseconds from the read to its receipt", metrics: percentiles((as) => metrics.lag(as)) },
    ],
    "Are they accepted?": [
      {
        title: "Answered OK",
        metrics: [metrics.accepted({ label: "event stored" }), metrics.acknowledged({ label: "no event wanted" })],
      },
      {
        title: "Not answered OK",
        metrics: [
          metrics.refused(undefined, { label: "refused" }),
          api.metricServerError({ statistic: Stats.SUM, label: "5xx" }),
          callbackAlias.metricErrors({ label: "function failed" }),
        ],
      },
    ],
    "Why are they refused?": [
      {
        title: "Refusals by reason",
        metrics: REFUSAL_REASONS.map((reason) => metrics.refused(reason, { label: reason })),
      },
    ],
    "How fast?": [
      { title: "Reply, in milliseconds: Tencent waits 2,000", metrics: percentiles((as) => api.metricLatency(as)) },
      { title: "Function, in milliseconds", metrics: percentiles((as) => callbackAlias.metricDuration(as)) },
      { title: "Storing an event, in milliseconds", metrics: percentiles((as) => metrics.publishTime(as)) },
    ],
    "Is anything waiting or lost?": [
      ...waitingForConsumers,
      ...matched,
      {
        title: "Standby queue",
        metrics: [
          metrics.standby({ label: "sent there" }),
          metrics.parked({ label: "requests to be judged" }),
          metrics.republished({ label: "republished" }),
          standbyQueue.metricApproximateNumberOfMessagesVisible({ ...largest, label: "waiting" }),
        ],
      },
      {
        title: "Lost unless somebody acts",
        metrics: [
          metrics.notStored({ label: "in the log alone" }),
          metrics.notParked({ label: "requests nobody could judge" }),
          ...Object.entries(deadLetterQueues).map(([owner, deadLetterQueue]) =>
            deadLetterQueue.metricApproximateNumberOfMessagesVisible({ ...largest, label: `dead letters: ${owner}` }),
          ),
        ],
      },
    ],
  };

  const dashboard = new Dashboard(scope, id);
  for (const [question, graphs] of Object.entries(questions)) {
    const width = WIDTH / Math.min(graphs.length, GRAPHS_IN_A_ROW);
    dashboard.addWidgets(new TextWidget({ markdown: `## ${question}`, width: WIDTH, height: 1 }));
    dashboard.addWidgets(
      ...graphs.map(({ title, metrics: left }) => new GraphWidget({ title, left: [...left], width })),
    );
  }
  return dashboard;
}

function percentiles(metric: (as: { statistic: string; label: string }) => IMetric): IMetric[] {
  return [50, 90, 99].map((n) => metric({ statistic: Stats.percentile(n), label: `p${n}` }));
}
