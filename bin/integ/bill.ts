import { accessLogBytes, lambdaTimeCost, logCost, queueRequestPrice } from "../shared/callback-cost.ts";
import { HOURS_PER_MONTH, PRICES } from "../shared/prices.ts";

/** The billable units that a run used. Requests of CloudFormation, CodeDeploy and IAM cost nothing. */
export interface Usage {
  /** Callbacks posted: each is a request of API Gateway, an invocation, and a message to the destination. */
  readonly callbacks: number;
  /** Further requests to SQS: those that the test sends, and the polls of the republish function. */
  readonly queueRequests: number;
  /** Hours from the first deployment until the end. */
  readonly hours: number;
  /** How many resources of each CloudFormation type the stack has. */
  readonly resources: Readonly<Record<string, number>>;
}

/** The price of a resource for a month, by its CloudFormation type. Others cost nothing while they exist. */
const RESOURCE_MONTH: Readonly<Record<string, number>> = {
  "AWS::CloudWatch::Alarm": PRICES.alarmMetricMonth.dollars,
  "AWS::CloudWatch::CompositeAlarm": PRICES.compositeAlarmMonth.dollars,
  "AWS::CloudWatch::Dashboard": PRICES.dashboardMonth.dollars,
  "AWS::SecretsManager::Secret": PRICES.secretMonth.dollars,
};

/** Milliseconds of a slow invocation. */
const SLOW_INVOCATION_MS = 100;

/** How many custom metrics a run writes: the functions' own, and one for each reason of a refusal that it provokes. */
const METRICS = 12;

/**
 * Prices a run. It errs on the high side: no free tier applies, every callback becomes an event on a bus and in a queue, and
 * every begun hour of a metric, alarm or secret counts.
 *
 * @returns US dollars
 */
export function price({ callbacks, queueRequests, hours, resources }: Usage): number {
  const queueRequest = queueRequestPrice("fifo");
  const callback =
    PRICES.httpApiRequest.dollars +
    PRICES.lambdaRequest.dollars +
    lambdaTimeCost(0, SLOW_INVOCATION_MS) / 1e6 +
    logCost(accessLogBytes()) / 1e6 +
    PRICES.eventBridgeEvent.dollars +
    queueRequest;
  const standing = Object.entries(resources).reduce(
    (sum, [type, count]) => sum + count * (RESOURCE_MONTH[type] ?? 0),
    METRICS * PRICES.customMetricMonth.dollars,
  );
  return callbacks * callback + queueRequests * queueRequest + (Math.ceil(hours) / HOURS_PER_MONTH) * standing;
}
