import { randomUUID } from "node:crypto";
import { buildFunctions } from "../bin/build/build-functions.ts";
import { awsFault, type Call, type Fault } from "../local/faulty-endpoint.ts";
import { type RunningFunctions, startFunctions } from "../local/functions.ts";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { signedQuery } from "../tencent/signed-query.ts";
import { SDK_APP_ID, TOKEN } from "./subjects.ts";

const RUNS = 10;

/** What goes wrong, and by when the caller has to have which answer. */
interface Case {
  /** The figure in the design that it belongs to. */
  readonly goal: StuckCallGoal | undefined;
  readonly name: string;
  readonly fault: Fault;
  /** How many of an event's calls it hits. */
  readonly calls: number;
  /** Whether it hits the standby queue, too. */
  readonly standby: boolean;
  readonly status: number;
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** What is promised of calls that hang or fail. */
export const STUCK_CALL_GOALS = {
  stuck: "one call stuck",
  refused: "one 5xx or throttle",
  destination: "destination stuck, standby healthy",
  both: "destination and standby stuck",
} as const;

/** The name of such a promise. */
export type StuckCallGoal = keyof typeof STUCK_CALL_GOALS;

const STUCK = { goal: "stuck", calls: 1, standby: false, status: 200, earliestMs: 0, latestMs: 700 } as const;
const REFUSED = { ...STUCK, goal: "refused", latestMs: 900 } as const;
const DESTINATION = { ...STUCK, goal: "destination", calls: Number.POSITIVE_INFINITY, latestMs: 1_900 } as const;
const BOTH = { ...DESTINATION, goal: "both", standby: true, status: 503, earliestMs: 2_100, latestMs: 4_000 } as const;

const CASES: readonly Case[] = [
  { name: "nothing", fault: { delay: 0 }, ...STUCK, goal: undefined },
  { name: "one call never answered", fault: "hang", ...STUCK },
  { name: "one answer cut off", fault: "hang-after-headers", ...STUCK },
  { name: "one connection reset", fault: "reset", ...STUCK },
  { name: "one 503", fault: awsFault(503, "ServiceUnavailable"), ...REFUSED },
  { name: "one throttle, as a 400", fault: awsFault(400, "ThrottlingException"), ...REFUSED },
  { name: "destination never answers", fault: "hang", ...DESTINATION },
  { name: "destination answers 503", fault: awsFault(503, "ServiceUnavailable"), ...DESTINATION },
  { name: "destination denies access", fault: awsFault(403, "AccessDeniedException"), ...DESTINATION },
  { name: "destination and standby never answer", fault: "hang", ...BOTH },
  { name: "destination and standby deny access", fault: awsFault(403, "AccessDeniedException"), ...BOTH },
];

/** What a case came to, in milliseconds. */
export interface StuckCallResult extends Pick<Case, "goal" | "name" | "status" | "earliestMs" | "latestMs"> {
  readonly statuses: readonly number[];
  /** Until the answer. */
  readonly times: readonly number[];
  /** Until the event stood in the log, if it came to that. */
  readonly logged: readonly number[];
  readonly held: boolean;
}

/**
 * Measures how long a caller waits when AWS's services misbehave, and by when a lost event stands in the log.
 *
 * @param onProgress is told what is being measured
 */
export async function measureStuckCalls(onProgress: (text: string) => void): Promise<StuckCallResult[]> {
  await buildFunctions();
  const loggedAt = new Map<string, number>();
  const functions = await startFunctions({
    sdkAppId: SDK_APP_ID,
    token: TOKEN,
    destination: "fifo",
    onLine(line) {
      const [, reader] = /"an event could not be stored".*"Report_Account":"([^"]*)"/.exec(line) ?? [];
      if (reader !== undefined) loggedAt.set(reader, performance.now());
    },
  });
  const results: StuckCallResult[] = [];
  try {
    await functions.callback.start();
    for (const current of CASES) {
      onProgress(current.name);
      results.push(await measure(current, functions, loggedAt));
    }
  } finally {
    await functions.close();
  }
  return results;
}

async function measure(
  { fault, calls, standby, ...rest }: Case,
  { sqs, post }: RunningFunctions,
  loggedAt: ReadonlyMap<string, number>,
): Promise<StuckCallResult> {
  const { name, status: expected, earliestMs, latestMs } = rest;
  const times: number[] = [];
  const logged: number[] = [];
  const statuses: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const reader = `${name} ${run}`;
    let left = calls;
    sqs.fail = ({ operation, input }: Call) => {
      if (operation === "" || (!standby && String(input["QueueUrl"]).endsWith("/standby"))) return undefined;
      left -= 1;
      return left >= 0 ? fault : undefined;
    };
    const startedAt = performance.now();
    statuses.push((await post(query(), report(reader))).statusCode);
    times.push(performance.now() - startedAt);
    const at = loggedAt.get(reader);
    if (at !== undefined) logged.push(at - startedAt);
  }
  const inTime = times.every((time) => time >= earliestMs && time <= latestMs);
  const held = inTime && statuses.every((status) => status === expected);
  return { ...rest, statuses, times, logged, held };
}

function query(): string {
  const requestTime = Math.floor(Date.now() / 1000);
  return signedQuery({
    sdkAppId: SDK_APP_ID,
    token: TOKEN,
    command: READ_REPORT_COMMAND,
    requestTime,
    requestId: randomUUID(),
  });
}

function report(reader: string): string {
  return JSON.stringify({ Report_Account: reader, Peer_Account: "peer", LastReadTime: 1, EventTime: Date.now() });
}
