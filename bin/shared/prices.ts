/** A price in US dollars, and AWS's page that lists it. */
interface Price {
  readonly dollars: number;
  readonly source: string;
}

const CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/";
const EVENTBRIDGE = "https://aws.amazon.com/eventbridge/pricing/";
const LAMBDA = "https://aws.amazon.com/lambda/pricing/";
const SECRETS_MANAGER = "https://aws.amazon.com/secrets-manager/pricing/";
const SQS = "https://aws.amazon.com/sqs/pricing/";

/**
 * AWS's list prices in us-east-1: the first tier, without free tiers. Those whose names end in `Month` are for a whole month;
 * AWS charges for the hours.
 */
export const PRICES = {
  /** When the prices were last compared with the pages. */
  checked: "2026-11",
  httpApiRequest: { dollars: 1.0 / 1e6, source: "https://aws.amazon.com/api-gateway/pricing/" },
  lambdaRequest: { dollars: 0.2 / 1e6, source: LAMBDA },
  lambdaArmGigabyteSecond: { dollars: 0.0000133334, source: LAMBDA },
  sqsFifoRequest: { dollars: 0.5 / 1e6, source: SQS },
  sqsStandardRequest: { dollars: 0.4 / 1e6, source: SQS },
  /** On top of the request, for a message with a message group on a standard queue. */
  sqsFairRequest: { dollars: 0.1 / 1e6, source: SQS },
  eventBridgeEvent: { dollars: 1.0 / 1e6, source: EVENTBRIDGE },
  eventBridgeArchivedGigabyte: { dollars: 0.1, source: EVENTBRIDGE },
  eventBridgeArchiveGigabyteMonth: { dollars: 0.023, source: EVENTBRIDGE },
  /** The same for logs that AWS's services write, such as API Gateway's access log. */
  logsGigabyte: { dollars: 0.5, source: CLOUDWATCH },
  logsStoredGigabyteMonth: { dollars: 0.03, source: CLOUDWATCH },
  customMetricMonth: { dollars: 0.3, source: CLOUDWATCH },
  /** For each metric that the alarm reads. */
  alarmMetricMonth: { dollars: 0.1, source: CLOUDWATCH },
  compositeAlarmMonth: { dollars: 0.5, source: CLOUDWATCH },
  dashboardMonth: { dollars: 3.0, source: CLOUDWATCH },
  secretMonth: { dollars: 0.4, source: SECRETS_MANAGER },
  secretRequest: { dollars: 0.05 / 1e4, source: SECRETS_MANAGER },
  xRayTrace: { dollars: 5.0 / 1e6, source: "https://aws.amazon.com/xray/pricing/" },
  internetGigabyte: { dollars: 0.09, source: "https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer" },
} as const satisfies Readonly<Record<string, string | Price>>;

/** The units in which AWS counts requests: a larger one is charged as several. */
export const METERED_BYTES = {
  /** https://aws.amazon.com/api-gateway/pricing/ */
  httpApiRequest: 512 * 1024,
  /** Of messages and of events: https://aws.amazon.com/sqs/pricing/, https://aws.amazon.com/eventbridge/pricing/ */
  event: 64 * 1024,
} as const;

/** An average month, as AWS's own calculator counts it. */
export const HOURS_PER_MONTH = 730;

/** Lambda gives one whole CPU for this much memory (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). */
export const MEMORY_PER_CPU_MB = 1_769;
