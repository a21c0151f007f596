import { runCommand } from "../bin/command.ts";
import { READ_REPORT_COMMAND } from "../functions/tencent/commands.ts";
import { signedQuery } from "../functions/tencent/signed-callback.ts";
import {
  awsFault,
  type Call,
  type Fault,
  type FaultyEndpoint,
  startFaultyEndpoint,
} from "../test/support/faulty-endpoint.ts";
import { SDK_APP_ID, startCallbackBundle, TOKEN } from "./callback-bundle.ts";

const RUNS = 10;

/** What goes wrong, and by when the caller has to have which answer. */
interface Case {
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

const ONE = { calls: 1, standby: false, status: 200, earliestMs: 0 };
const DESTINATION = { calls: Number.POSITIVE_INFINITY, standby: false, status: 200, earliestMs: 0, latestMs: 1_900 };
const BOTH = { ...DESTINATION, standby: true, status: 503, earliestMs: 2_100, latestMs: 4_000 };

const CASES: readonly Case[] = [
  { name: "nothing", fault: { delay: 0 }, ...ONE, latestMs: 700 },
  { name: "one call never answered", fault: "hang", ...ONE, latestMs: 700 },
  { name: "one answer cut off", fault: "hang-after-headers", ...ONE, latestMs: 700 },
  { name: "one connection reset", fault: "reset", ...ONE, latestMs: 700 },
  { name: "one 503", fault: awsFault(503, "ServiceUnavailable"), ...ONE, latestMs: 900 },
  { name: "one throttle, as a 400", fault: awsFault(400, "ThrottlingException"), ...ONE, latestMs: 900 },
  { name: "destination never answers", fault: "hang", ...DESTINATION },
  { name: "destination answers 503", fault: awsFault(503, "ServiceUnavailable"), ...DESTINATION },
  { name: "destination denies access", fault: awsFault(403, "AccessDeniedException"), ...DESTINATION },
  { name: "destination and standby never answer", fault: "hang", ...BOTH },
  { name: "destination and standby deny access", fault: awsFault(403, "AccessDeniedException"), ...BOTH },
];

// Measures how long a caller waits when AWS's services misbehave, and by when a lost event stands in the log.
await runCommand(async () => {
  const loggedAt = new Map<string, number>();
  let sqs: FaultyEndpoint | undefined;
  const callback = await startCallbackBundle({
    queueType: "fifo",
    onLine(line) {
      const [, reader] = /"an event could not be stored".*"Report_Account":"([^"]*)"/.exec(line) ?? [];
      if (reader !== undefined) loggedAt.set(reader, performance.now());
    },
    async front(endpoint) {
      sqs = await startFaultyEndpoint(endpoint);
      return sqs.url;
    },
  });

  let missed = 0;
  console.log(
    `${"what goes wrong".padEnd(38)}  reply  in the log after ms  answered after ms (least, median, most)  limit`,
  );
  try {
    for (const current of CASES) {
      const { times, logged, statuses } = await measure(current);
      const [least = 0, most = 0] = [times[0], times.at(-1)];
      const holds =
        statuses.every((status) => status === current.status) &&
        least >= current.earliestMs &&
        most <= current.latestMs;
      if (!holds) missed += 1;
      const answered = [least, times[Math.floor(times.length / 2)] ?? 0, most]
        .map((time) => time.toFixed(0).padStart(6))
        .join("");
      const limit = `${current.earliestMs > 0 ? `${current.earliestMs} to ` : ""}${current.latestMs}`;
      const inLog = logged.length > 0 ? Math.max(...logged).toFixed(0) : "";
      const columns = [
        current.name.padEnd(38),
        [...new Set(statuses)].join(),
        inLog.padStart(19),
        answered.padStart(39),
      ];
      console.log(`${columns.join("  ")}  ${limit} ${holds ? "held" : "MISSED"}`);
    }
  } finally {
    await callback.close();
    await sqs?.close();
  }
  process.exitCode = missed === 0 ? 0 : 1;

  async function measure({ name, fault, calls, standby }: Case) {
    const times: number[] = [];
    const logged: number[] = [];
    const statuses: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const reader = `${name} ${run}`;
      let left = calls;
      if (sqs === undefined) throw new Error("There is nothing in front of SQS");
      sqs.fail = ({ operation, input }: Call) => {
        if (operation === "" || (!standby && String(input["QueueUrl"]).endsWith("/standby"))) return undefined;
        left -= 1;
        return left >= 0 ? fault : undefined;
      };
      const startedAt = performance.now();
      const status = await callback.post(query(), report(reader));
      times.push(performance.now() - startedAt);
      statuses.push(status);
      const at = loggedAt.get(reader);
      if (at !== undefined) logged.push(at - startedAt);
    }
    times.sort((one, other) => one - other);
    return { times, logged, statuses };
  }
});

function query(): string {
  const requestTime = Math.floor(Date.now() / 1000);
  return signedQuery({ sdkAppId: SDK_APP_ID, token: TOKEN, command: READ_REPORT_COMMAND, requestTime });
}

function report(reader: string): string {
  return JSON.stringify({ Report_Account: reader, Peer_Account: "peer", LastReadTime: 1, EventTime: Date.now() });
}
