/** The billable units that a run used. Requests of CloudFormation, CodeDeploy and IAM cost nothing. */
export interface Usage {
  /** Callbacks posted: each is a request of API Gateway, an invocation, and a message to a queue. */
  readonly callbacks: number;
  /** Further requests to SQS: those of this machine, and the polling of the republish function. */
  readonly queueRequests: number;
  /** Hours from the first deployment until the end. */
  readonly hours: number;
  /** How many resources of each CloudFormation type the stack has. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Prices in US dollars in us-east-1, without free tiers. A month has 730 hours. */
export interface IntegPrices {
  /** An HTTP API request, an invocation of 12 ms at 256 MB, its access log and reply. */
  readonly callback: number;
  /** A request to a FIFO queue, the dearest kind. */
  readonly queueRequest: number;
  /** A custom metric for a month. */
  readonly metricMonth: number;
  /** A resource for a month, by its CloudFormation type. Others cost nothing while they exist. */
  readonly resourceMonth: Readonly<Record<string, number>>;
}

const PRICES: IntegPrices = {
  callback: 1.5 / 1e6,
  queueRequest: 0.5 / 1e6,
  metricMonth: 0.3,
  resourceMonth: {
    "AWS::CloudWatch::Alarm": 0.1,
    "AWS::CloudWatch::Dashboard": 3,
    "AWS::SecretsManager::Secret": 0.4,
    "AWS::KMS::Key": 1,
  },
};

const HOURS_A_MONTH = 730;
/** How many custom metrics a run writes: the functions' own, and one for each reason of a refusal that it provokes. */
const METRICS = 12;

/**
 * Prices a run. It errs on the high side: no free tier applies, and every begun hour of a metric, alarm or secret counts.
 *
 * @returns US dollars
 */
export function price({ callbacks, queueRequests, hours, resources }: Usage, prices = PRICES): number {
  const months = Math.ceil(hours) / HOURS_A_MONTH;
  const standing = Object.entries(resources).reduce(
    (sum, [type, count]) => sum + count * (prices.resourceMonth[type] ?? 0),
    METRICS * prices.metricMonth,
  );
  // One message to the destination for each callback.
  return callbacks * (prices.callback + prices.queueRequest) + queueRequests * prices.queueRequest + months * standing;
}
