import type { Template } from "aws-cdk-lib/assertions";

interface MetricStat {
  readonly Metric: {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions?: Dimension[] | undefined;
  };
  readonly Period: number;
  readonly Stat: string;
}
interface Dimension {
  readonly Name: string;
  readonly Value: unknown;
}

/** Shortens a value of the template: references become names, hashes are left out. */
export function shorten(value: unknown): string {
  return JSON.stringify(value)
    .replace(/\{"Fn::GetAtt":\["(\w+)","\w+"\]\}/g, "$1")
    .replace(/\{"Ref":"(\w+)"\}/g, "$1")
    .replace(/\{"Fn::Join":\["",\[(.*?)\]\]\}/g, "$1")
    .replace(/\{"Fn::Select":\[2,\{"Fn::Split":\["\/",(\w+)\]\}\]\}/g, "$1")
    .replace(/(?:ChatEvents)?([A-Z]\w*?)[0-9A-F]{8}/g, "$1")
    .replace(/\\"|[",]/g, "");
}

function describeMetric({ Metric: { Namespace, MetricName, Dimensions }, Period, Stat }: MetricStat): string {
  const of = Dimensions ? ` of ${Dimensions.map(({ Value }) => shorten(Value)).join(" ")}` : "";
  return `${Namespace.replace(/^AWS\//, "")} ${MetricName}${of}, ${Stat} of ${Period} s`;
}

interface AlarmProperties {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: Dimension[];
  readonly Period: number;
  readonly Statistic: string;
  readonly ExtendedStatistic?: string;
  readonly Threshold: number;
  readonly ComparisonOperator: "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly TreatMissingData: "breaching" | "notBreaching";
  readonly AlarmActions?: readonly unknown[];
}

/** An alarm in words: its metric, its threshold, its evaluation periods, and where it differs from most. */
export function describeAlarm(properties: AlarmProperties): string {
  const { Threshold, ComparisonOperator, EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = properties;
  const { Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic: Stat = Statistic } = properties;
  const comparison = { GreaterThanOrEqualToThreshold: ">=", LessThanThreshold: "<" }[ComparisonOperator];
  const watched = describeMetric({ Metric: { Namespace, MetricName, Dimensions }, Period, Stat });
  const missing = properties.TreatMissingData === "breaching" ? ", or no data" : "";
  const quiet = properties.AlarmActions === undefined ? ", quietly" : "";
  return `${watched} ${comparison} ${Threshold}, ${DatapointsToAlarm} of ${EvaluationPeriods}${missing}${quiet}`;
}

/** The name of an alarm without the stack's. */
export const nameOf = (AlarmName: string) => AlarmName.replace(/^Stack |^Own /, "");

/** The properties that all alarms have. */
interface AnyAlarm extends Pick<AlarmProperties, "AlarmActions"> {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
}

/** The types of resources that are alarms. */
export const ALARM_TYPES = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];

/** The properties of all alarms. */
export const allAlarms = (template: Template): AnyAlarm[] =>
  ALARM_TYPES.flatMap((type) =>
    Object.values(template.findResources(type)).map(({ Properties }) => Properties as AnyAlarm),
  );
