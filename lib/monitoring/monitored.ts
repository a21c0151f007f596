import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import type { IMetric } from "aws-cdk-lib/aws-cloudwatch";
import type { Alias, IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { DeadLetterQueues } from "../destination.ts";
import type { ChatEventsMetrics } from "./metrics.ts";

/** What is watched. */
export interface Monitored {
  readonly metrics: ChatEventsMetrics;
  readonly api: HttpApi;
  readonly callbackAlias: Alias;
  readonly republishFunction: IFunction;
  readonly standbyQueue: IQueue;
  /** The queue that consumers read from, if there is one. */
  readonly queue: IQueue | undefined;
  readonly deadLetterQueues: DeadLetterQueues;
  /** How many events somebody on the bus is subscribed to, if there is a bus. */
  readonly matchedEvents: IMetric | undefined;
}
