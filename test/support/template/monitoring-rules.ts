import { type CloudFormationTemplate, resourcesOf } from "./cloudformation-template.ts";
import { deployedValue } from "./deployed-value.ts";

/** Alarms' quotas (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html). */
const MOST_ACTIONS = 5;
const MOST_METRICS_OF_AN_ALARM = 10;

/**
 * The longest time that an alarm may look at, in seconds: with periods below an hour, and with longer ones
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
 */
const DAY = 86_400;
const WEEK = 604_800;
const HOUR = 3_600;

/**
 * A dashboard's grid (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html)
 * and its quotas (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html).
 */
const COLUMNS = 24;
const MOST_WIDGETS = 500;
const MOST_METRICS_OF_A_WIDGET = 500;
const MOST_METRICS = 2_500;

interface Alarm {
  readonly MetricName?: string;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Period?: number;
  readonly EvaluationPeriods: number;
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Period: number } }[];
  readonly AlarmActions?: readonly unknown[];
}

interface Widget {
  readonly type: string;
  readonly x?: number;
  readonly width?: number;
  readonly properties: { readonly metrics?: readonly unknown[] };
}

/**
 * Checks alarms and dashboards for mistakes that only CloudWatch would find.
 *
 * @returns one line for each mistake
 */
export function checkMonitoring(template: CloudFormationTemplate): string[] {
  return [
    ...resourcesOf(template, "AWS::CloudWatch::Alarm").flatMap(({ logicalId, properties }) =>
      [...ofAlarm(properties as unknown as Alarm)].map((finding) => `${logicalId}: ${finding}`),
    ),
    ...resourcesOf(template, "AWS::CloudWatch::Dashboard").flatMap(({ logicalId, properties }) =>
      [...ofDashboard(String(deployedValue(properties["DashboardBody"], template)))].map(
        (finding) => `${logicalId}: DashboardBody: ${finding}`,
      ),
    ),
  ];
}

function* ofAlarm(alarm: Alarm): Iterable<string> {
  const {
    MetricName,
    Statistic,
    ExtendedStatistic,
    Period,
    EvaluationPeriods,
    Metrics = [],
    AlarmActions = [],
  } = alarm;
  if (MetricName !== undefined && Statistic === undefined && ExtendedStatistic === undefined) {
    yield "Statistic or ExtendedStatistic is required with MetricName";
  }
  const metrics = Metrics.flatMap(({ MetricStat }) => MetricStat ?? []);
  if (metrics.length > MOST_METRICS_OF_AN_ALARM) {
    yield `Metrics: ${metrics.length} metrics exceed the maximum of ${MOST_METRICS_OF_AN_ALARM}`;
  }
  if (AlarmActions.length > MOST_ACTIONS) {
    yield `AlarmActions: ${AlarmActions.length} actions exceed the maximum of ${MOST_ACTIONS}`;
  }
  const period = Period ?? Math.max(...metrics.map((metric) => metric.Period));
  const longest = period < HOUR ? DAY : WEEK;
  if (period * EvaluationPeriods > longest) {
    yield `EvaluationPeriods: ${EvaluationPeriods} periods of ${period} seconds exceed the maximum of ${longest} seconds`;
  }
}

function* ofDashboard(body: string): Iterable<string> {
  let widgets: Widget[];
  try {
    ({ widgets } = JSON.parse(body));
  } catch (error) {
    yield `not JSON: ${(error as Error).message}`;
    return;
  }
  if (widgets.length > MOST_WIDGETS) yield `${widgets.length} widgets exceed the maximum of ${MOST_WIDGETS}`;
  let sum = 0;
  for (const [index, { x = 0, width = 6, properties }] of widgets.entries()) {
    if (x < 0 || width < 1 || x + width > COLUMNS) {
      yield `widgets.${index}: ${width} columns from column ${x} do not fit into the ${COLUMNS} columns`;
    }
    const count = properties.metrics?.length ?? 0;
    if (count > MOST_METRICS_OF_A_WIDGET) {
      yield `widgets.${index}: ${count} metrics exceed the maximum of ${MOST_METRICS_OF_A_WIDGET}`;
    }
    sum += count;
  }
  if (sum > MOST_METRICS) yield `${sum} metrics in all widgets exceed the maximum of ${MOST_METRICS}`;
}
