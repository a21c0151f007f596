import { runCommand } from "../bin/command.ts";
import { READ_REPORT_COMMAND } from "../functions/tencent/commands.ts";
import { signedQuery } from "../functions/tencent/signed-callback.ts";
import { buildFunctions } from "../lib/build-functions.ts";
import { bundleFile } from "../lib/bundles.ts";
import { FunctionProcess } from "../local/function-process.ts";
import { queueReference, startQueues } from "../local/queues.ts";
import { startSecrets } from "../local/secrets.ts";
import { awsFault, type Call, type Fault, startFaultyEndpoint } from "../test/support/faulty-endpoint.ts";

const SDK_APP_ID = "1400000001";
const TOKEN = "bench";
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
  await buildFunctions();
  const queues = await startQueues(() => {});
  const secrets = await startSecrets();
  secrets.create("arn", TOKEN);
  await queues.create("events.fifo", { FifoQueue: true });
  await queues.create("standby", {});
  const sqs = await startFaultyEndpoint(queues.endpoint);
  const loggedAt = new Map<string, number>();
  const callback = new FunctionProcess(
    {
      name: "callback",
      bundle: bundleFile("callback"),
      environment: {
        SDK_APP_ID,
        TOKEN_SECRET_ARN: "arn",
        QUEUE_URL: queueReference(queues.endpoint, "events.fifo").ref,
        STANDBY_QUEUE_URL: queueReference(queues.endpoint, "standby").ref,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "id",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_ENDPOINT_URL_SQS: sqs.url,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
      },
      timeoutMilliseconds: 10_000,
    },
    (line) => {
      const [, reader] = /"an event could not be stored".*"Report_Account":"([^"]*)"/.exec(line) ?? [];
      if (reader !== undefined) loggedAt.set(reader, performance.now());
    },
  );
  await callback.start();

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
    await callback.stop();
    await Promise.all([sqs.close(), secrets.close(), queues.close()]);
  }
  process.exitCode = missed === 0 ? 0 : 1;

  async function measure({ name, fault, calls, standby }: Case) {
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
      const reply = (await callback.invoke(invocation(reader))) as { statusCode: number };
      times.push(performance.now() - startedAt);
      statuses.push(reply.statusCode);
      const at = loggedAt.get(reader);
      if (at !== undefined) logged.push(at - startedAt);
    }
    times.sort((one, other) => one - other);
    return { times, logged, statuses };
  }
});

function invocation(reader: string): object {
  const requestTime = Math.floor(Date.now() / 1000);
  return {
    rawQueryString: signedQuery({ sdkAppId: SDK_APP_ID, token: TOKEN, command: READ_REPORT_COMMAND, requestTime }),
    body: JSON.stringify({
      Report_Account: reader,
      Peer_Account: "peer",
      LastReadTime: requestTime,
      EventTime: Date.now(),
    }),
    isBase64Encoded: false,
    requestContext: { accountId: "000000000000", requestId: "id", http: { sourceIp: "127.0.0.1" } },
  };
}
