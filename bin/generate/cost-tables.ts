import { HANDLER_UNTIL_MS } from "../../functions/callback/deadlines.ts";
import { Destination } from "../../lib/destination.ts";
import { CONSTRUCT_SETTINGS } from "../../lib/settings.ts";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { LARGEST_PAYLOAD_BYTES } from "../../local/http-api.ts";
import type { Template } from "../../local/template.ts";
import { replyOk } from "../../tencent/reply.ts";
import {
  ASSUMPTIONS,
  accessLogBytes,
  type CostedDestination,
  callbackCosts,
  type FunctionUsage,
  lambdaMilliseconds,
  lambdaTimeCost,
  logCost,
  queueRequestPrice,
  relayCosts,
  replyCost,
  storageCosts,
  total,
} from "../shared/callback-cost.ts";
import { HOURS_PER_MONTH, METERED_BYTES, PRICES } from "../shared/prices.ts";
import { markdownTable } from "./markdown-table.ts";

/** The stacks whose standing costs are compared, by the heading of their column. */
export const FOOTPRINTS: Readonly<Record<string, TencentChatEventsProps>> = {
  default: { sdkAppId: "1400000001" },
  "with a bus": { sdkAppId: "1400000001", destination: Destination.eventBus() },
  "`footprint=small`": { sdkAppId: "1400000001", footprint: "small" },
};

const DESTINATIONS: Readonly<Record<CostedDestination, string>> = {
  fifo: "FIFO queue",
  fair: "standard queue",
  standard: "with `fairQueue=false`",
  bus: "bus",
};

/** The metrics that the callback function writes in an hour in which read reports arrive. */
export const METRICS_OF_READ_REPORTS: readonly string[] = ["Genuine", "Accepted", "Lag", "PublishTime"];

/** Lambda takes no larger requests (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const LARGEST_INVOCATION_BYTES = 6 * 1024 * 1024;

/**
 * Long polls of an empty queue in a month: five pollers, as an event source with a maximum concurrency never has fewer
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html), each of which waits 20 s.
 */
const POLLS_PER_MONTH = 5 * 3 * 60 * HOURS_PER_MONTH;

/** An environment reads the token again after five minutes (`functions/aws/token-store.ts`). */
const READS_PER_MONTH = 12 * HOURS_PER_MONTH;

/**
 * Writes the tables of costs into a page of the documentation, each between `<!-- NAME -->` and `<!-- /NAME -->`.
 *
 * @param usage what the callback function uses for one event
 * @param templates the templates of {@link FOOTPRINTS}, in that order
 */
export function withCostTables(page: string, usage: FunctionUsage, templates: readonly Template[]): string {
  const tables = new Map([
    ["cost per million", () => callbacksTable(usage)],
    ["standing cost", () => standingTable(templates)],
    ["cost of relaying", () => relayTable(usage)],
    ["cost of an attack", () => attackTable(usage)],
    ["date of the prices", () => `Prices as of ${PRICES.checked}: ${pages().join(", ")}.`],
  ]);
  return page.replace(/<!-- ([a-z ]+) -->.*?<!-- \/\1 -->/gs, (section, name: string) => {
    const makeTable = tables.get(name);
    return makeTable ? `<!-- ${name} -->\n${makeTable()}\n<!-- /${name} -->` : section;
  });
}

function callbacksTable(usage: FunctionUsage): string {
  const destinations = Object.keys(DESTINATIONS) as CostedDestination[];
  const costs = destinations.map((destination) => callbackCosts(usage, destination));
  const row = (name: string, item: keyof (typeof costs)[number]) => [name, ...costs.map((cost) => cost[item])];
  const consumer = (events: number) => destinations.map((name) => (2e6 / events) * queueRequestPrice(name));
  const further = destinations.map((name) => total(storageCosts(name, METERED_BYTES.event)));
  const milliseconds = lambdaMilliseconds(usage.warmCpu, ASSUMPTIONS.sqsMilliseconds);
  return formatTable(
    ["$ per million callbacks", ...Object.values(DESTINATIONS)],
    [
      row("API Gateway, each request of up to 512 KB", "gateway"),
      row("Lambda's requests", "lambdaRequest"),
      row(`Lambda's time: ${milliseconds} ms at ${CONSTRUCT_SETTINGS.memorySize.default} MB`, "lambdaTime"),
      row("bus, each event of up to 64 KB", "bus"),
      row("queue, each event of up to 64 KB", "queue"),
      row(`archive, ${ASSUMPTIONS.eventBytes.toLocaleString("en-US")} bytes each`, "archive"),
      row(`access log, ${accessLogBytes()} bytes each`, "accessLog"),
      row("the function's log", "functionLog"),
      row("data sent to Tencent: the replies", "reply"),
      ["**together**", ...costs.map(total)],
      ["consumers' requests to SQS, ten events at a time", ...consumer(10)],
      ["consumers' requests to SQS, one event at a time", ...consumer(1)],
      ["each further 64 KB of an event", ...further],
    ],
  );
}

function standingTable(templates: readonly Template[]): string {
  const row = (name: string, count: (template: Template) => number, { dollars }: { readonly dollars: number }) => {
    return { name, costs: templates.map((template) => count(template) * dollars) };
  };
  const resources = (type: string) => (template: Template) => template.ofType(type).length;
  const idle = [
    row("secret", resources("AWS::SecretsManager::Secret"), PRICES.secretMonth),
    row("Lambda's polls of the standby queue", pollsOf, PRICES.sqsStandardRequest),
    row(
      `alarms, ${dollarsOf(PRICES.alarmMetricMonth)} for each metric they watch`,
      watchedMetrics,
      PRICES.alarmMetricMonth,
    ),
    row("alarm that combines others", resources("AWS::CloudWatch::CompositeAlarm"), PRICES.compositeAlarmMonth),
    row("dashboard", resources("AWS::CloudWatch::Dashboard"), PRICES.dashboardMonth),
  ].filter(({ costs }) => costs.some((cost) => cost > 0));
  const metrics = row(
    `metrics in hours with read reports, ${dollarsOf(PRICES.customMetricMonth)} each`,
    writtenMetrics,
    PRICES.customMetricMonth,
  );
  const reads = row(
    "the secret, read every five minutes by a busy environment",
    () => READS_PER_MONTH,
    PRICES.secretRequest,
  );
  const sum = (rows: readonly { readonly costs: readonly number[] }[]) =>
    templates.map((_, column) => rows.reduce((dollars, { costs }) => dollars + (costs[column] ?? 0), 0));
  return formatTable(
    ["$ a month", ...Object.keys(FOOTPRINTS)],
    [
      ...idle.map(({ name, costs }) => [name, ...costs]),
      ["**together, without callbacks**", ...sum(idle)],
      ...[metrics, reads].map(({ name, costs }) => [name, ...costs]),
      ["**together, with read reports all the time**", ...sum([...idle, metrics, reads])],
    ],
  );
}

function dollarsOf({ dollars }: { readonly dollars: number }): string {
  return `$${dollars.toFixed(2)}`;
}

/** Every queue that a function of the stack reads is polled. */
function pollsOf(template: Template): number {
  return template.ofType("AWS::Lambda::EventSourceMapping").length * POLLS_PER_MONTH;
}

/** An alarm on an expression is charged for each metric in it. */
function watchedMetrics(template: Template): number {
  const counts = template.ofType("AWS::CloudWatch::Alarm").map(({ properties }) => {
    const metrics = properties["Metrics"] as readonly { readonly MetricStat?: object }[] | undefined;
    return metrics?.filter(({ MetricStat }) => MetricStat).length ?? 1;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Without alarms, the stack writes no metrics either. */
function writtenMetrics(template: Template): number {
  return watchedMetrics(template) > 0 ? METRICS_OF_READ_REPORTS.length : 0;
}

function relayTable(usage: FunctionUsage): string {
  const costs = [100, HANDLER_UNTIL_MS].map((milliseconds) => relayCosts(usage, milliseconds));
  const row = (name: string, item: keyof (typeof costs)[number]) => [name, ...costs.map((cost) => cost[item])];
  return formatTable(
    [
      "$ per million relayed callbacks, in addition",
      "handler replies in 100 ms",
      `handler hangs: ${HANDLER_UNTIL_MS.toLocaleString("en-US")} ms`,
    ],
    [
      row("Lambda's time, until the handler has replied", "lambdaTime"),
      row(`data sent to the handler, ${ASSUMPTIONS.eventBytes.toLocaleString("en-US")} bytes each`, "request"),
      ["**together**", ...costs.map(total)],
    ],
  );
}

function attackTable({ warmCpu }: FunctionUsage): string {
  const { rateLimit } = CONSTRUCT_SETTINGS.throttle.default;
  const perSecond = rateLimit.toLocaleString("en-US");
  const rows = [
    ["1 KB", 1024],
    ["6 MB, the most that Lambda takes", LARGEST_INVOCATION_BYTES],
    ["10 MB, the most that API Gateway takes", LARGEST_PAYLOAD_BYTES],
  ] as const;
  return formatTable(
    ["Requests of", "$ per million", `$ an hour at ${perSecond} a second`, "Gbit/s that this takes"],
    rows.map(([name, bytes]) => {
      const cost = refusalCost(bytes, warmCpu);
      return [name, cost, (cost * rateLimit * 3_600) / 1e6, (rateLimit * bytes * 8) / 1e9];
    }),
  );
}

/** The cost of a million refused requests in US dollars. */
function refusalCost(bytes: number, warmCpu: number): number {
  const gateway = Math.ceil(bytes / METERED_BYTES.httpApiRequest) * PRICES.httpApiRequest.dollars * 1e6;
  const cpu = warmCpu + (bytes / 1024 ** 2) * ASSUMPTIONS.parsingCpuPerMegabyte;
  const lambda = PRICES.lambdaRequest.dollars * 1e6 + lambdaTimeCost(cpu, 0);
  return gateway + (bytes <= LARGEST_INVOCATION_BYTES ? lambda : 0) + logCost(accessLogBytes()) + replyCost(replyOk());
}

function pages(): string[] {
  const sources = Object.values(PRICES).flatMap((price) => (typeof price === "string" ? [] : [price.source]));
  return [...new Set(sources)].map((source) => `[${source.replace(/^.*amazon\.com\/|\/.*/g, "")}](${source})`);
}

function formatTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return markdownTable(
    header,
    rows.map((cells) => cells.map(formatCell)),
  );
}

function formatCell(value: string | number): string {
  if (typeof value === "string") return value;
  return value === 0 ? "" : value.toFixed(2);
}
