import { MEMORY_PER_CPU_MB } from "./runtime/cpu-quota.ts";
import { MEMORY_SIZE_MB } from "./runtime/lambda-runtime.ts";

/** Prices in US dollars in us-east-1: the first tier, without free tiers. */
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

/** Values that cannot be measured on one machine. docs/performance.md shows how to measure a deployment's own. */
export const ASSUMPTIONS = {
  /** Milliseconds until SQS in the same region responds. */
  sqsMilliseconds: 10,
  /** Invocations for each cold start. */
  invocationsPerColdStart: 1_000,
  /** Bytes of a reply to Tencent, including headers. */
  replyBytes: 300,
  /** Bytes of Lambda's own START, END and REPORT lines, which the stack switches off. */
  platformLogBytes: 300,
  /** X-Ray's default sampling rate, after the first request in each second. */
  tracedShare: 0.05,
} as const;

/** The resources that one event uses. */
export interface Usage {
  /** Milliseconds of a whole CPU for a warm event. */
  readonly warmCpu: number;
  /** Milliseconds of a whole CPU from a cold start to the first reply. */
  readonly coldCpu: number;
  /** Bytes that the function logs. */
  readonly logBytes: number;
  /** Whether Lambda's own lines are also logged. */
  readonly platformLog: boolean;
  readonly traced: boolean;
  readonly queue: "fifo" | "standard";
}

/**
 * The cost of a million events in US dollars: requests, compute time, logs, replies. Excludes the access log and fixed
 * monthly costs.
 */
export function costPerMillion({ warmCpu, coldCpu, logBytes, platformLog, traced, queue }: Usage): number {
  const gigabytes = MEMORY_SIZE_MB / 1024;
  const cpuShare = MEMORY_SIZE_MB / MEMORY_PER_CPU_MB;
  // A share of a CPU prolongs the work but not the wait; INIT has a whole CPU. Lambda bills whole milliseconds.
  const warmMilliseconds = Math.ceil(ASSUMPTIONS.sqsMilliseconds + warmCpu / cpuShare);
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
