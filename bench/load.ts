import { cpus } from "node:os";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  toMain,
  UsageError,
} from "../bin/shared/command.ts";
import { readInteger } from "../bin/shared/option-values.ts";
import type { SentMessage } from "../local/queue-observer.ts";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { readReportQuery } from "./callbacks.ts";
import { type LoadTarget, startBundle, startSystem } from "./load-target.ts";
import { cpuTime, memory } from "./runtime/process-usage.ts";

/** The result of one load. Times are in milliseconds. */
interface LoadResult {
  readonly senders: number;
  readonly callbacks: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Callbacks that did not get a 200. */
  readonly errors: number;
  /** Callbacks that got a 200 but did not reach the queue. */
  readonly lost: number;
  /** Events that reached the queue more than once. */
  readonly duplicated: number;
  /** The function's CPU time per callback. */
  readonly cpu: number;
  /** The function's memory in MB after a quarter of the load and at its end. */
  readonly memory: readonly [number, number];
}

/** The columns of the output. */
const COLUMNS: readonly (readonly [title: string, format: (result: LoadResult) => string])[] = [
  ["senders", ({ senders }) => `${senders}`],
  ["callbacks", ({ callbacks }) => `${callbacks}`],
  ["per second", ({ perSecond }) => perSecond.toFixed(0)],
  ["p50 ms", ({ p50 }) => p50.toFixed(1)],
  ["p95 ms", ({ p95 }) => p95.toFixed(1)],
  ["p99 ms", ({ p99 }) => p99.toFixed(1)],
  ["errors", ({ errors }) => `${errors}`],
  ["lost", ({ lost }) => `${lost}`],
  ["duplicated", ({ duplicated }) => `${duplicated}`],
  ["function's CPU ms", ({ cpu }) => cpu.toFixed(3)],
  ["function's MB", ({ memory: [early, late] }) => `${early.toFixed(0)} to ${late.toFixed(0)}`],
];

export const definition = {
  invocation: "npm run bench:load",
  summary:
    "Puts the local system, or only the callback function's bundle, under load, and prints throughput, latency and lost " +
    "callbacks for each number of senders.",
  options: {
    against: {
      value: "system|bundle",
      default: "system",
      meaning: "What to load: the whole local system, or only the callback function's bundle.",
    },
    "queue-type": { value: "fifo|standard", default: "fifo", meaning: "Type of the destination queue." },
    senders: {
      value: "LIST",
      default: "1,2,4,8,16,32,64",
      meaning: "Numbers of concurrent senders, one load for each; a sender waits for each reply.",
    },
    seconds: { value: "N", default: "5", meaning: "Duration of each load in seconds." },
  },
  example: "npm run bench:load -- --against bundle --senders 8,64 --seconds 10",
} as const satisfies CommandDefinition;

export const main = toMain(definition, runLoads);

async function runLoads(options: OptionValues<typeof definition>, io: CommandIo): Promise<number> {
  const print = linePrinter(io.stdout);
  const { against, "queue-type": queueType } = options;
  const seconds = readInteger("seconds", options.seconds, 36_000);
  const steps = options.senders.split(",").map((text) => readInteger("senders", text, 1_000));
  if (against !== "system" && against !== "bundle") {
    throw new UsageError(`--against is '${against}': expected system or bundle`);
  }
  if (queueType !== "fifo" && queueType !== "standard") {
    throw new UsageError(`--queue-type is '${queueType}': expected fifo or standard`);
  }
  const arrivals = new Map<string, number>();
  const onMessage = ({ queueName, body, dropped }: SentMessage) => {
    const id = /"deduplicationId":"(\w+)"/.exec(body)?.[1] ?? "";
    if (!dropped && !/standby/i.test(queueName)) arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
  };
  const target =
    against === "system"
      ? await startSystem(queueType, onMessage, linePrinter(io.stderr))
      : await startBundle(queueType, onMessage);
  print(`${cpus().length} × ${cpus()[0]?.model}, Node.js ${process.versions.node}, ${against}, ${queueType} queue`);
  print(COLUMNS.map(([title]) => title.padStart(columnWidth(title))).join("  "));
  try {
    for (const senders of steps) {
      arrivals.clear();
      print(formatResult(await load(target, senders, seconds, arrivals)));
    }
  } finally {
    await target.close();
  }
  return 0;
}

async function load(
  target: LoadTarget,
  senders: number,
  seconds: number,
  arrivals: ReadonlyMap<string, number>,
): Promise<LoadResult> {
  const pid = () => target.process.pid ?? 0;
  const cpuBefore = await cpuTime(pid());
  const memorySamples: number[] = [];
  const upkeep = setInterval(async () => {
    memorySamples.push(await memory(pid(), "VmRSS"));
    // The stand-in for SQS keeps every message in memory.
    await target.purge();
  }, 1_000);
  const startedAt = performance.now();
  const send = (_: unknown, sender: number) => sendUntil(startedAt + seconds * 1000, target, sender);
  const results = await Promise.all(Array.from({ length: senders }, send));
  clearInterval(upkeep);
  const elapsed = (performance.now() - startedAt) / 1000;
  const cpu = (await cpuTime(pid())) - cpuBefore;

  const accepted = results.reduce((sum, result) => sum + result.accepted, 0);
  const latencies = results.flatMap((result) => result.latencies).sort((one, other) => one - other);
  const callbacks = latencies.length;
  const percentile = (p: number) => latencies[Math.floor((callbacks * p) / 100)] ?? Number.NaN;
  return {
    senders,
    callbacks,
    perSecond: callbacks / elapsed,
    p50: percentile(50),
    p95: percentile(95),
    p99: percentile(99),
    errors: callbacks - accepted,
    lost: Math.max(0, accepted - arrivals.size),
    duplicated: [...arrivals.values()].filter((times) => times > 1).length,
    cpu: cpu / callbacks,
    memory: [memorySamples[Math.floor(memorySamples.length / 4)] ?? Number.NaN, memorySamples.at(-1) ?? Number.NaN],
  };
}

/** The callbacks of one sender. */
interface SenderResult {
  /** How many got a 200. */
  readonly accepted: number;
  /** The milliseconds until each reply or failure. */
  readonly latencies: readonly number[];
}

async function sendUntil(end: number, target: LoadTarget, sender: number): Promise<SenderResult> {
  let accepted = 0;
  const latencies: number[] = [];
  while (performance.now() < end) {
    const sentAt = performance.now();
    const isOk = await target.post(currentQuery(), uniqueReport(sender, latencies.length)).catch(() => false);
    latencies.push(performance.now() - sentAt);
    if (isOk) accepted += 1;
  }
  return { accepted, latencies };
}

function columnWidth(title: string): number {
  return Math.max(title.length, 7);
}

function formatResult(result: LoadResult): string {
  return COLUMNS.map(([title, format]) => format(result).padStart(columnWidth(title))).join("  ");
}

let signed = { second: 0, query: "" };

/** Callbacks of the same second share a signed query, because signing is not what is measured. */
function currentQuery(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== signed.second) signed = { second, query: readReportQuery(second) };
  return signed.query;
}

let reportCount = 0;

function uniqueReport(sender: number, count: number): string {
  reportCount += 1;
  return JSON.stringify({
    CallbackCommand: READ_REPORT_COMMAND,
    Report_Account: `reader ${sender}-${count % 50}`,
    Peer_Account: "peer",
    LastReadTime: 1_700_000_000 + count,
    UnreadMsgNum: 0,
    EventTime: reportCount,
  });
}
