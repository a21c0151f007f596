import { buildFunctions } from "../bin/build/build-functions.ts";
import { readRecoveryLog } from "../functions/recovery-log.ts";
import { awsFault, type Call, type Fault } from "../local/faulty-endpoint.ts";
import { type RunningFunctions, startFunctions } from "../local/functions.ts";
import { readReportQuery, SDK_APP_ID, TOKEN } from "./callbacks.ts";

const RUNS = 10;

/** A fault in AWS's services, and the reply that the caller must get. */
interface Case {
  /** The goal that the case belongs to. */
  readonly goal: StuckCallGoal | undefined;
  readonly name: string;
  readonly fault: Fault;
  /** How many of the calls for an event fail. */
  readonly calls: number;
  /** Whether the standby queue fails too. */
  readonly standby: boolean;
  readonly status: number;
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** The goals for calls that hang or fail, with labels for tables. */
export const STUCK_CALL_GOALS = {
  stuck: "one call hangs or breaks off",
  refused: "one 5xx or throttled call",
  destination: "destination fails, standby works",
  both: "destination and standby fail",
} as const;

/** The name of such a goal. */
export type StuckCallGoal = keyof typeof STUCK_CALL_GOALS;

const STUCK = { goal: "stuck", calls: 1, standby: false, status: 200, earliestMs: 0, latestMs: 700 } as const;
const REFUSED = { ...STUCK, goal: "refused", latestMs: 900 } as const;
const DESTINATION = { ...STUCK, goal: "destination", calls: Number.POSITIVE_INFINITY, latestMs: 1_900 } as const;
const BOTH = { ...DESTINATION, goal: "both", standby: true, status: 503, earliestMs: 2_100, latestMs: 4_000 } as const;

const CASES: readonly Case[] = [
  { name: "none", fault: { delay: 0 }, ...STUCK, goal: undefined },
  { name: "one call hangs", fault: "hang", ...STUCK },
  { name: "one response cut off", fault: "hang-after-headers", ...STUCK },
  { name: "one connection reset", fault: "reset", ...STUCK },
  { name: "one 503", fault: awsFault(503, "ServiceUnavailable"), ...REFUSED },
  { name: "one throttled call (400)", fault: awsFault(400, "ThrottlingException"), ...REFUSED },
  { name: "destination hangs", fault: "hang", ...DESTINATION },
  { name: "destination returns 503", fault: awsFault(503, "ServiceUnavailable"), ...DESTINATION },
  { name: "destination denies access", fault: awsFault(403, "AccessDeniedException"), ...DESTINATION },
  { name: "destination and standby hang", fault: "hang", ...BOTH },
  { name: "destination and standby deny access", fault: awsFault(403, "AccessDeniedException"), ...BOTH },
];

/** The results of a case: one value per run. Times are in milliseconds. */
export interface StuckCallResult extends Pick<Case, "goal" | "name" | "status" | "earliestMs" | "latestMs"> {
  readonly statuses: readonly number[];
  /** Until the reply. */
  readonly times: readonly number[];
  /** Until the event was logged, for events that were. */
  readonly logged: readonly number[];
  /** Whether every reply had the right status and came in time. */
  readonly held: boolean;
}

/**
 * Measures how long a caller waits while AWS's services fail, and how soon an event that could not be stored is logged.
 *
 * @param onProgress called with the name of each case
 */
export async function measureStuckCalls(onProgress: (text: string) => void): Promise<StuckCallResult[]> {
  await buildFunctions();
  const loggedAt = new Map<string, number>();
  const functions = await startFunctions({
    sdkAppId: SDK_APP_ID,
    token: TOKEN,
    destination: "fifo",
    onLine(line) {
      for (const record of readRecoveryLog(line).records) {
        if (record.kind === "event")
          loggedAt.set(String(record.event.detail.data["Report_Account"]), performance.now());
      }
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
    sqs.fail = failFirst(calls, fault, standby);
    const startedAt = performance.now();
    statuses.push((await post(readReportQuery(Math.floor(Date.now() / 1000)), readReport(reader))).statusCode);
    times.push(performance.now() - startedAt);
    const at = loggedAt.get(reader);
    if (at !== undefined) logged.push(at - startedAt);
  }
  const isInTime = times.every((time) => time >= earliestMs && time <= latestMs);
  const held = isInTime && statuses.every((status) => status === expected);
  return { ...rest, statuses, times, logged, held };
}

/** Lets the first calls fail; those to the standby queue do not count unless it fails too. */
function failFirst(calls: number, fault: Fault, standby: boolean): (call: Call) => Fault | undefined {
  let remaining = calls;
  return ({ operation, input }) => {
    if (operation === "" || (!standby && String(input["QueueUrl"]).endsWith("/standby"))) return undefined;
    remaining -= 1;
    return remaining >= 0 ? fault : undefined;
  };
}

function readReport(reader: string): string {
  return JSON.stringify({ Report_Account: reader, Peer_Account: "peer", LastReadTime: 1, EventTime: Date.now() });
}
