import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { cpus } from "node:os";
import { buildFunctions } from "../bin/build/build-functions.ts";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  type Print,
  toMain,
  UsageError,
} from "../bin/shared/command.ts";
import { readInteger } from "../bin/shared/option-values.ts";
import { Destination } from "../lib/destination.ts";
import type { FunctionProcess } from "../local/function-process.ts";
import { startFunctions } from "../local/functions.ts";
import { startLocalSystem } from "../local/local-system.ts";
import type { SentMessage } from "../local/queues.ts";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { signedQuery } from "../tencent/signed-query.ts";
import { SDK_APP_ID, TOKEN } from "./subjects.ts";

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

/** The last signed query and its second, and how many reports were made: no two are the same. */
let signedAt = 0;
let signed = "";
let serial = 0;

/** What is put under load. */
interface Target {
  /** Sends one callback, and says whether the answer was 200. */
  post(query: string, body: string): Promise<boolean>;
  readonly process: FunctionProcess;
  readonly endpoint: string;
  readonly queueUrl: string;
  close(): Promise<void>;
}

/** What one load came to. */
interface Result {
  readonly senders: number;
  readonly callbacks: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly errors: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Processor time of the function for each callback, in milliseconds. */
  readonly cpu: number;
  /** Memory of the function in MB, at the first quarter and at the end. */
  readonly memory: readonly [number, number];
}

export const definition = {
  invocation: "npm run bench:load",
  summary:
    "Loads the local system, or the callback function's bundle alone, with callbacks, and prints for each number of senders " +
    "how fast they were handled and what was lost.",
  options: {
    against: {
      value: "system|bundle",
      default: "system",
      meaning: "What to load: the whole local system, or the callback function's bundle.",
    },
    "queue-type": { value: "fifo|standard", default: "fifo", meaning: "Type of the destination queue." },
    senders: {
      value: "LIST",
      default: "1,2,4,8,16,32,64",
      meaning: "Numbers of senders to try one after the other, each of which waits for its reply.",
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
  const observe = ({ queueName, body, dropped }: SentMessage) => {
    const id = /"deduplicationId":"(\w+)"/.exec(body)?.[1] ?? "";
    if (!dropped && !/standby/i.test(queueName)) arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
  };
  const target =
    against === "system"
      ? await startSystem(queueType, observe, linePrinter(io.stderr))
      : await startBundle(queueType, observe);
  print(`${cpus().length} × ${cpus()[0]?.model}, Node.js ${process.versions.node}, ${against}, ${queueType} queue`);
  print("senders  callbacks    per s    p50 ms  p95 ms  p99 ms  errors  lost  twice  function: CPU ms  MB");
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
  target: Target,
  senders: number,
  seconds: number,
  arrivals: ReadonlyMap<string, number>,
): Promise<Result> {
  const latencies: number[] = [];
  let accepted = 0;
  let errors = 0;
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  const send = async (sender: number) => {
    for (let count = 0; performance.now() < end; count += 1) {
      const before = performance.now();
      const ok = await target.post(query(), report(sender, count)).catch(() => false);
      latencies.push(performance.now() - before);
      if (ok) accepted += 1;
      else errors += 1;
    }
  };
  const cpuBefore = await processorTime(target.process.pid);
  const memory: number[] = [];
  // The stand-in keeps messages in memory.
  const upkeep = setInterval(async () => {
    memory.push(await residentMemory(target.process.pid));
    await purge(target);
  }, 1_000);
  await Promise.all(Array.from({ length: senders }, (_, sender) => send(sender)));
  clearInterval(upkeep);
  const elapsed = (performance.now() - startedAt) / 1000;
  const cpu = (await processorTime(target.process.pid)) - cpuBefore;
  const twice = [...arrivals.values()].filter((times) => times > 1).length;
  latencies.sort((one, other) => one - other);
  const percentile = (p: number) => latencies[Math.floor((latencies.length * p) / 100)] ?? Number.NaN;
  return {
    senders,
    callbacks: latencies.length,
    perSecond: latencies.length / elapsed,
    p50: percentile(50),
    p95: percentile(95),
    p99: percentile(99),
    errors,
    lost: Math.max(0, accepted - arrivals.size),
    duplicated: twice,
    cpu: cpu / latencies.length,
    memory: [memory[Math.floor(memory.length / 4)] ?? Number.NaN, memory.at(-1) ?? Number.NaN],
  };
}

function formatResult({
  senders,
  callbacks,
  perSecond,
  p50,
  p95,
  p99,
  errors,
  lost,
  duplicated,
  cpu,
  memory,
}: Result): string {
  const columns: readonly [string | number, number][] = [
    [senders, 7],
    [callbacks, 11],
    [perSecond.toFixed(0), 9],
    [p50.toFixed(1), 10],
    [p95.toFixed(1), 8],
    [p99.toFixed(1), 8],
    [errors, 8],
    [lost, 6],
    [duplicated, 7],
    [cpu.toFixed(3), 18],
    [memory.map((megabytes) => megabytes.toFixed(0)).join(" to "), 12],
  ];
  return columns.map(([text, width]) => String(text).padStart(width)).join("");
}

/** A signed query; a second's callbacks share it, as signing is not what is measured. */
function query(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== signedAt) {
    signedAt = now;
    signed = signedQuery({
      sdkAppId: SDK_APP_ID,
      token: TOKEN,
      command: READ_REPORT_COMMAND,
      requestTime: now,
      requestId: randomUUID(),
    });
  }
  return signed;
}

function report(sender: number, count: number): string {
  serial += 1;
  return JSON.stringify({
    CallbackCommand: READ_REPORT_COMMAND,
    Report_Account: `reader ${sender}-${count % 50}`,
    Peer_Account: "peer",
    LastReadTime: 1_700_000_000 + count,
    UnreadMsgNum: 0,
    EventTime: serial,
  });
}

async function startSystem(
  queueType: "fifo" | "standard",
  observe: (message: SentMessage) => void,
  warn: Print,
): Promise<Target> {
  const destination = queueType === "fifo" ? Destination.fifoQueue() : Destination.standardQueue();
  const silent = { exchange: () => {}, log: () => {}, failure: (error: Error) => warn(error.message) };
  const system = await startLocalSystem(
    { sdkAppId: SDK_APP_ID, token: TOKEN, port: 0, destination },
    { ...silent, message: observe },
  );
  const agent = new Agent({ keepAlive: true });
  const url = system.outputs["CallbackUrl"] ?? "";
  const [, process] = [...system.functions].find(([name]) => name.includes("Callback")) ?? [];
  if (process === undefined) throw new Error("There is no callback function");
  return {
    post: (rawQuery, body) =>
      new Promise((resolve, reject) => {
        const headers = { "content-type": "application/json" };
        const call = request(`${url}?${rawQuery}`, { method: "POST", agent, headers }, (response) => {
          response.resume().once("end", () => resolve(response.statusCode === 200));
        });
        call.once("error", reject).end(body);
      }),
    process,
    endpoint: system.sqsEndpoint,
    queueUrl: system.outputs["QueueUrl"] ?? "",
    async close() {
      agent.destroy();
      await system.close();
    },
  };
}

async function startBundle(queueType: "fifo" | "standard", onMessage: (message: SentMessage) => void): Promise<Target> {
  await buildFunctions();
  const functions = await startFunctions({
    sdkAppId: SDK_APP_ID,
    token: TOKEN,
    destination: queueType,
    withoutFaults: true,
    onMessage,
  });
  const { callback, queues, eventsQueue, close } = functions;
  await callback.start();
  return {
    post: async (rawQuery, body) => (await functions.post(rawQuery, body)).statusCode === 200,
    process: callback,
    endpoint: queues.endpoint,
    queueUrl: functions.queueUrl(eventsQueue),
    close,
  };
}

async function purge({ endpoint, queueUrl }: Target): Promise<void> {
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.PurgeQueue" };
  await fetch(endpoint, { method: "POST", headers, body: JSON.stringify({ QueueUrl: queueUrl }) });
}

/** Milliseconds of processor time that a process has used so far. */
async function processorTime(pid = 0): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  // utime and stime, the 14th and 15th field of proc(5), of which two came before the split.
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Megabytes of memory that a process holds. */
async function residentMemory(pid = 0): Promise<number> {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}
