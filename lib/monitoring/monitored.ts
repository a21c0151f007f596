import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import type { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { DeadLetterQueues } from "../destination.ts";
import type { ChatEventsMetrics } from "./metrics.ts";

/** The resources and metrics that alarms and the dashboard watch. */
export interface Monitored {
  readonly metrics: ChatEventsMetrics;
  readonly api: HttpApi;
  readonly callbackAlias: Alias;
  readonly standbyQueue: IQueue;
  /** The queue that consumers read from, if there is one. */
  readonly queue: IQueue | undefined;
  readonly deadLetterQueues: DeadLetterQueues;
  /** The number of events that match a rule, if the destination is a bus of this account. */
  readonly matchedEvents: Metric | undefined;
  /** Whether callbacks are relayed to an existing handler. */
  readonly isRelaying: boolean;
}
