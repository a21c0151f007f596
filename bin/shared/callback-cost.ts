import { ACCESS_LOG_FORMAT } from "../../lib/endpoint.ts";
import { CONSTRUCT_SETTINGS } from "../../lib/settings.ts";
import { type Reply, replyOk } from "../../tencent/reply.ts";
import { HOURS_PER_MONTH, MEMORY_PER_CPU_MB, METERED_BYTES, PRICES } from "./prices.ts";

/** Values that cannot be measured on one machine. docs/performance.md shows how to measure a deployment's own. */
export const ASSUMPTIONS = {
  /** Milliseconds until SQS or EventBridge in the same region responds. */
  sqsMilliseconds: 10,
  /** Invocations for each cold start. */
  invocationsPerColdStart: 1_000,
  /** Bytes that TLS 1.2 adds to a reply. */
  tlsBytes: 29,
  /** Bytes of an event, including the envelope. */
  eventBytes: 1_000,
  /** Bytes of Lambda's own START, END and REPORT lines, which the stack switches off. */
  platformLogBytes: 300,
  /** Milliseconds of a whole CPU in which Lambda's runtime parses 1 MB of a request. */
  parsingCpuPerMegabyte: 5,
  /** Days for which logs and archive are kept, uncompressed. AWS compresses logs, and adds 26 bytes to each line. */
  storageDays: 14,
  /** X-Ray's default sampling rate, after the first request in each second. */
  tracedShare: 0.05,
} as const;

const STORAGE_MONTHS = (ASSUMPTIONS.storageDays * 24) / HOURS_PER_MONTH;
const LOGGED_GIGABYTE = PRICES.logsGigabyte.dollars + STORAGE_MONTHS * PRICES.logsStoredGigabyteMonth.dollars;
const ARCHIVED_GIGABYTE =
  PRICES.eventBridgeArchivedGigabyte.dollars + STORAGE_MONTHS * PRICES.eventBridgeArchiveGigabyteMonth.dollars;

/** The longest values of a stored callback's line in the access log. Tencent calls from IPv4 addresses. */
const LOGGED_VALUES: Readonly<Record<string, string>> = {
  "$context.identity.sourceIp": "255.255.255.255",
  "$context.status": "200",
  "$context.requestId": "JKJaXmPLvHcESHA=",
  "$context.integrationErrorMessage": "-",
};

/**
 * Bytes of a stored callback's line in the access log. CloudWatch counts 26 bytes more for each line when it limits batches, but
 * charges for the bytes of the lines (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html).
 *
 * @throws {Error} naming a variable of the format that has no value here
 */
export function accessLogBytes(format = ACCESS_LOG_FORMAT): number {
  const line = format.replace(/\$context[.\w]+/g, (variable) => {
    const value = LOGGED_VALUES[variable];
    if (value === undefined) throw new Error(`${variable} of the access log needs a value in LOGGED_VALUES`);
    return value;
  });
  return Buffer.byteLength(line);
}

/** Bytes of a reply to Tencent, with the headers that API Gateway adds. */
function replyBytes({ statusCode, headers, body }: Reply): number {
  const allHeaders = {
    date: "Thu, 01 Jan 2026 00:00:00 GMT",
    ...headers,
    "content-length": Buffer.byteLength(body),
    connection: "keep-alive",
    "apigw-requestid": LOGGED_VALUES["$context.requestId"],
  };
  const lines = [
    `HTTP/1.1 ${statusCode} OK`,
    ...Object.entries(allHeaders).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.byteLength([...lines, "", body].join("\r\n")) + ASSUMPTIONS.tlsBytes;
}

/** The function's use of resources for one event, as `npm run bench` measures it. */
export interface FunctionUsage {
  /** Milliseconds of a whole CPU for a warm event. */
  readonly warmCpu: number;
  /** Milliseconds of a whole CPU from a cold start to the first reply. */
  readonly coldCpu: number;
  /** Bytes that the function logs. */
  readonly logBytes: number;
}

/** Where events go. A standard queue is fair unless `fairQueue` is false. */
export type CostedDestination = "fifo" | "fair" | "standard" | "bus";

/**
 * The cost of a million callbacks whose events are stored, in US dollars: requests of up to 512 KB, events of up to 64 KB.
 *
 * @param options.platformLog whether Lambda's own lines are also logged
 */
export function callbackCosts(
  { warmCpu, coldCpu, logBytes }: FunctionUsage,
  destination: CostedDestination,
  { platformLog = false, traced = false }: { readonly platformLog?: boolean; readonly traced?: boolean } = {},
) {
  const functionLogBytes = logBytes + (platformLog ? ASSUMPTIONS.platformLogBytes : 0);
  const { bus, queue, archive } = storageCosts(destination);
  return {
    gateway: PRICES.httpApiRequest.dollars * 1e6,
    lambdaRequest: PRICES.lambdaRequest.dollars * 1e6,
    lambdaTime: lambdaTimeCost(warmCpu, ASSUMPTIONS.sqsMilliseconds, coldCpu),
    bus,
    queue,
    archive,
    accessLog: logCost(accessLogBytes()),
    functionLog: logCost(functionLogBytes),
    reply: replyCost(replyOk()),
    traces: traced ? ASSUMPTIONS.tracedShare * PRICES.xRayTrace.dollars * 1e6 : 0,
  };
}

/**
 * The cost of storing a million events in US dollars.
 *
 * @param bytes the size of each
 */
export function storageCosts(destination: CostedDestination, bytes: number = ASSUMPTIONS.eventBytes) {
  const units = Math.ceil(bytes / METERED_BYTES.event) * 1e6;
  const isBus = destination === "bus";
  return {
    bus: isBus ? units * PRICES.eventBridgeEvent.dollars : 0,
    queue: units * queueRequestPrice(destination),
    archive: isBus ? bytes * ARCHIVED_GIGABYTE * 1e-3 : 0,
  };
}

/**
 * What relaying a million callbacks to an existing handler adds to their cost, in US dollars. The requests have as many bytes as
 * the events: the query string and the headers take the place of the envelope.
 *
 * @param milliseconds until the handler has replied, which the function waits for, and stores the event meanwhile
 */
export function relayCosts({ warmCpu }: FunctionUsage, milliseconds: number) {
  const { sqsMilliseconds, eventBytes } = ASSUMPTIONS;
  return {
    lambdaTime: lambdaTimeCost(warmCpu, milliseconds) - lambdaTimeCost(warmCpu, sqsMilliseconds),
    request: eventBytes * PRICES.internetGigabyte.dollars * 1e-3,
  };
}

/** The price in US dollars of a request to the queue that consumers read from; the bus has a standard one. */
export function queueRequestPrice(destination: CostedDestination): number {
  if (destination === "fifo") return PRICES.sqsFifoRequest.dollars;
  const { dollars } = PRICES.sqsStandardRequest;
  return destination === "fair" ? dollars + PRICES.sqsFairRequest.dollars : dollars;
}

/**
 * The milliseconds that Lambda charges for an invocation: whole ones.
 *
 * @param cpu milliseconds of a whole CPU, of which the function has a share that goes with its memory
 * @param wait milliseconds in which the function waits for a response
 */
export function lambdaMilliseconds(cpu: number, wait: number): number {
  return Math.ceil(wait + (cpu * MEMORY_PER_CPU_MB) / CONSTRUCT_SETTINGS.memorySize.default);
}

/**
 * The cost of Lambda's time for a million invocations in US dollars.
 *
 * @param cpu milliseconds of a whole CPU
 * @param wait milliseconds in which the function waits for a response
 * @param coldCpu milliseconds of a whole CPU, which INIT has, for a cold start; 0 leaves cold starts out
 */
export function lambdaTimeCost(cpu: number, wait: number, coldCpu = 0): number {
  const milliseconds = lambdaMilliseconds(cpu, wait) + coldCpu / ASSUMPTIONS.invocationsPerColdStart;
  const gigabytes = CONSTRUCT_SETTINGS.memorySize.default / 1024;
  return milliseconds * 1e3 * gigabytes * PRICES.lambdaArmGigabyteSecond.dollars;
}

/** The cost of logging a million times that many bytes, in US dollars. */
export function logCost(bytes: number): number {
  return bytes * LOGGED_GIGABYTE * 1e-3;
}

/** The cost of sending a million replies in US dollars. */
export function replyCost(reply: Reply): number {
  return replyBytes(reply) * PRICES.internetGigabyte.dollars * 1e-3;
}

/** The sum of costs. */
export function total(costs: Readonly<Record<string, number>>): number {
  return Object.values(costs).reduce((sum, cost) => sum + cost, 0);
}
