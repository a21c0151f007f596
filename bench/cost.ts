import { MEMORY_SIZE_MB } from "./runtime/lambda-runtime.ts";
import { MEMORY_OF_ONE_PROCESSOR_MB } from "./runtime/processor-share.ts";

/** US dollars in us-east-1, first tier, free tiers apart. */
export const PRICES = {
  date: "2026-06",
  httpApiRequest: { dollars: 1.0 / 1e6, source: "https://aws.amazon.com/api-gateway/pricing/" },
  lambdaRequest: { dollars: 0.2 / 1e6, source: "https://aws.amazon.com/lambda/pricing/" },
  lambdaArmGigabyteSecond: { dollars: 0.0000133334, source: "https://aws.amazon.com/lambda/pricing/" },
  sqsFifoRequest: { dollars: 0.5 / 1e6, source: "https://aws.amazon.com/sqs/pricing/" },
  sqsStandardRequest: { dollars: 0.4 / 1e6, source: "https://aws.amazon.com/sqs/pricing/" },
  logsGigabyte: { dollars: 0.5, source: "https://aws.amazon.com/cloudwatch/pricing/" },
  xRayTrace: { dollars: 5.0 / 1e6, source: "https://aws.amazon.com/xray/pricing/" },
  internetGigabyte: { dollars: 0.09, source: "https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer" },
} as const;

/** What no laptop can measure. A deployment's own figures take its place: see docs/performance.md. */
export const ASSUMPTIONS = {
  /** Milliseconds until SQS, in the same region, has answered. */
  sqsMilliseconds: 10,
  /** Of how many invocations one is a cold start. */
  invocationsPerColdStart: 1_000,
  /** Bytes that go back to Tencent, headers included. */
  replyBytes: 300,
  /** Lambda's own START, END and REPORT lines, which the stack does not have logged. */
  platformLogBytes: 300,
  /** X-Ray's default sampling, after the first request in a second. */
  tracedShare: 0.05,
} as const;

/** What one event costs a function, as measured. */
export interface Usage {
  /** Milliseconds of processor time, of a whole processor. */
  readonly warmCpu: number;
  /** The same, from the start to the first reply. */
  readonly coldCpu: number;
  /** Bytes it logs for each event. */
  readonly logBytes: number;
  /** Whether Lambda's own lines are logged as well. */
  readonly platformLog: boolean;
  readonly traced: boolean;
  readonly queue: "fifo" | "standard";
}

/**
 * US dollars for a million events: the requests, the time, the log, the reply's way. The access log is apart, and so is
 * whatever costs the same each month.
 */
export function costPerMillion({ warmCpu, coldCpu, logBytes, platformLog, traced, queue }: Usage): number {
  const gigabytes = MEMORY_SIZE_MB / 1024;
  const share = MEMORY_SIZE_MB / MEMORY_OF_ONE_PROCESSOR_MB;
  // A processor's share stretches the work, but not the wait; INIT has a whole one. Lambda bills whole milliseconds.
  const warmMilliseconds = Math.ceil(ASSUMPTIONS.sqsMilliseconds + warmCpu / share);
  const coldMilliseconds = coldCpu / ASSUMPTIONS.invocationsPerColdStart;
  const event =
    PRICES.httpApiRequest.dollars +
    PRICES.lambdaRequest.dollars +
    ((warmMilliseconds + coldMilliseconds) / 1000) * gigabytes * PRICES.lambdaArmGigabyteSecond.dollars +
    (queue === "fifo" ? PRICES.sqsFifoRequest : PRICES.sqsStandardRequest).dollars +
    ((logBytes + (platformLog ? ASSUMPTIONS.platformLogBytes : 0)) / 1e9) * PRICES.logsGigabyte.dollars +
    (ASSUMPTIONS.replyBytes / 1e9) * PRICES.internetGigabyte.dollars +
    (traced ? ASSUMPTIONS.tracedShare * PRICES.xRayTrace.dollars : 0);
  return event * 1e6;
}
