import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { arch, cpus, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { ASSUMPTIONS } from "../bin/shared/callback-cost.ts";
import { type CommandDefinition, type CommandIo, toMain, UsageError } from "../bin/shared/command.ts";
import { PRICES } from "../bin/shared/prices.ts";
import { TOKEN } from "./callbacks.ts";
import { chart } from "./chart.ts";
import { usage } from "./cost.ts";
import { checkGoals, type Goal, type Measurements } from "./goals.ts";
import { measureAll } from "./measure.ts";
import { profileWarm, type Shares } from "./profile.ts";
import { measureRelaying, relayLatency } from "./relaying.ts";
import { formatReport, formatSummary } from "./report.ts";
import { measureRepublishing, recoveryFromAnHour } from "./republish.ts";
import { startAwsEndpoint } from "./runtime/aws-endpoint.ts";
import { startExistingHandler } from "./runtime/existing-handler.ts";
import { measureStuckCalls } from "./stuck-calls.ts";
import { buildSubjects } from "./subjects.ts";

const ROUNDS = { cold: 15, atShare: 7, warm: 11, concurrent: 5, profile: 5, republish: 7, relay: 9 };

/** The files that the results are written to. */
const RESULTS = join(import.meta.dirname, "results.json");
const CHART = join(import.meta.dirname, "../docs/performance.svg");
const PAGE = join(import.meta.dirname, "../docs/performance.md");

/** The packages whose versions affect the results. */
const PACKAGES = [
  "aws-lambda-ric",
  "esbuild",
  "valibot",
  "@aws-sdk/client-sqs",
  "@aws-lambda-powertools/logger",
  "@aws-lambda-powertools/metrics",
  "@aws-lambda-powertools/tracer",
  "@middy/core",
  "zod",
];

export const definition = {
  invocation: "npm run bench",
  summary:
    "Compares the callback function's bundle with four other functions, measures how fast events are republished and how much " +
    "time an existing handler's callbacks take through it, and writes the results to bench/results.json and docs/. Exits with 0 " +
    "if every goal was met.",
  options: {},
  example: "npm run bench",
} as const satisfies CommandDefinition;

export const main = toMain(definition, runBenchmarks);

async function runBenchmarks(_options: object, io: CommandIo): Promise<number> {
  if (platform() !== "linux") {
    throw new UsageError("The benchmarks need Linux: they read /proc and set control groups");
  }
  const measurements = await measure((text) => io.stderr.write(`\r\u001b[K${text}`));
  const goals = checkGoals(measurements);
  const machine = `${cpus().length} × ${cpus()[0]?.model}, Linux ${arch()}, Node.js ${process.versions.node}`;
  io.stdout.write(`${formatReport(machine, measurements, goals)}\n`);
  await writeResults(machine, measurements, goals);
  await writeFile(CHART, chart(measurements));
  await updatePage(formatSummary(machine, measurements, goals));
  return goals.every(({ held }) => held) ? 0 : 1;
}

async function measure(onProgress: (text: string) => void): Promise<Measurements> {
  const directory = await mkdtemp(join(tmpdir(), "bench-"));
  const endpoint = await startAwsEndpoint(TOKEN);
  const handler = await startExistingHandler(endpoint.identity);
  try {
    const subjects = await buildSubjects(endpoint, directory);
    const [ours] = subjects;
    if (ours === undefined) throw new Error("There is no subject to measure");
    const samples = await measureAll(subjects, ROUNDS, onProgress);
    const shares: Shares[] = [];
    for (let round = 1; round <= ROUNDS.profile; round += 1) {
      onProgress(`profile: round ${round} of ${ROUNDS.profile}`);
      shares.push(await profileWarm(ours, join(directory, "profile")));
    }
    const republishing = await measureRepublishing(ours, ROUNDS.republish, onProgress);
    const relaying = await measureRelaying(ours, handler, ROUNDS.relay, onProgress);
    const stuckCalls = await measureStuckCalls(onProgress);
    onProgress("");
    const sizes = subjects.map(({ name, bytes, zippedBytes }) => ({ name, bytes, zippedBytes }));
    return { subjects: sizes, samples, shares, stuckCalls, republishing, relaying };
  } finally {
    await handler.close();
    await endpoint.close();
    await rm(directory, { recursive: true });
  }
}

async function writeResults(machine: string, measurements: Measurements, goals: readonly Goal[]): Promise<void> {
  const date = new Date().toISOString();
  const versions = Object.fromEntries(await Promise.all(PACKAGES.map(async (name) => [name, await version(name)])));
  const conditions = { date, machine, versions, rounds: ROUNDS, prices: PRICES, assumptions: ASSUMPTIONS };
  const recovery = recoveryFromAnHour(measurements.republishing);
  const derived = { recovery, relayLatency: relayLatency(measurements.relaying) };
  const results = { ...conditions, goals, usage: usage(measurements.samples.ours), ...measurements, ...derived };
  await writeFile(RESULTS, `${stringify(results)}\n`);
}

/** Replaces the results in the documentation. */
async function updatePage(summary: string): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const section = `<!-- results -->\n\`\`\`\n${summary}\n\`\`\`\n<!-- /results -->`;
  await writeFile(
    PAGE,
    page.replace(/<!-- results -->.*<!-- \/results -->/s, () => section),
  );
}

async function version(name: string): Promise<string> {
  const file = join(import.meta.dirname, "../node_modules", name, "package.json");
  return JSON.parse(await readFile(file, "utf8")).version;
}

/** Serialises with lists of numbers on one line, and numbers rounded to five significant digits. */
function stringify(value: object): string {
  const rounded = JSON.stringify(
    value,
    (_key, part: unknown) => (typeof part === "number" ? Number(part.toPrecision(5)) : part),
    2,
  );
  return rounded.replace(/\[[\d\s.,-]*\]/g, (list) => list.replace(/\s+/g, " "));
}
