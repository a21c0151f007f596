import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { arch, cpus, platform, tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandDefinition, type CommandIo, toMain, UsageError } from "../bin/shared/command.ts";
import { chart } from "./chart.ts";
import { ASSUMPTIONS, PRICES } from "./cost.ts";
import { checkGoals, type Measurements } from "./goals.ts";
import { measureAll } from "./measure.ts";
import { profileWarm, type Shares } from "./profile.ts";
import { report } from "./report.ts";
import { startAwsEndpoint } from "./runtime/aws-endpoint.ts";
import { measureStuckCalls } from "./stuck-calls.ts";
import { buildSubjects, TOKEN } from "./subjects.ts";

const ROUNDS = { cold: 15, atShare: 7, warm: 11, concurrent: 5, profile: 5 };

/** Where the results go: to be read, and to be seen in the documentation. */
const RESULTS = join(import.meta.dirname, "results.json");
const CHART = join(import.meta.dirname, "../docs/performance.svg");
const PAGE = join(import.meta.dirname, "../docs/performance.md");

/** The packages whose versions decide what comes out. */
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
    "Compares the callback function's bundle with four other functions, and writes the results to bench/results.json and " +
    "docs/. Exits with 0 if every goal was met.",
  options: {},
  example: "npm run bench",
} as const satisfies CommandDefinition;

export const main = toMain(definition, runBenchmarks);

async function runBenchmarks(_options: object, io: CommandIo): Promise<number> {
  if (platform() !== "linux") {
    throw new UsageError("The benchmarks need Linux: memory and processor shares are read and set in its own way");
  }
  const progress = (text: string) => io.stderr.write(`\r\u001b[K${text}`);
  const directory = await mkdtemp(join(tmpdir(), "bench-"));
  const endpoint = await startAwsEndpoint(TOKEN);
  try {
    const subjects = await buildSubjects(endpoint, directory);
    const samples = await measureAll(subjects, ROUNDS, progress);
    const shares: Shares[] = [];
    const [ours] = subjects;
    if (ours === undefined) throw new Error("There is nothing to measure");
    for (let round = 1; round <= ROUNDS.profile; round += 1) {
      progress(`profile: round ${round} of ${ROUNDS.profile}`);
      shares.push(await profileWarm(ours, join(directory, "profile")));
    }
    const stuckCalls = await measureStuckCalls(progress);
    progress("");

    const sizes = subjects.map(({ name, bytes, zippedBytes }) => ({ name, bytes, zippedBytes }));
    const measurements: Measurements = { subjects: sizes, samples, shares, stuckCalls };
    const goals = checkGoals(measurements);
    const machine = `${cpus().length} × ${cpus()[0]?.model}, Linux ${arch()}, Node.js ${process.versions.node}`;
    const text = report(machine, measurements, goals);
    io.stdout.write(`${text}\n`);
    const versions = Object.fromEntries(await Promise.all(PACKAGES.map(async (name) => [name, await version(name)])));
    const date = new Date().toISOString();
    const results = { date, machine, versions, rounds: ROUNDS, prices: PRICES, assumptions: ASSUMPTIONS };
    await writeFile(RESULTS, `${stringify({ ...results, goals, ...measurements })}\n`);
    await writeFile(CHART, chart(measurements));
    const page = await readFile(PAGE, "utf8");
    const section = `<!-- results -->\n\`\`\`\n${text}\n\`\`\`\n<!-- /results -->`;
    await writeFile(
      PAGE,
      page.replace(/<!-- results -->.*<!-- \/results -->/s, () => section),
    );
    return goals.every(({ held }) => held) ? 0 : 1;
  } finally {
    await endpoint.close();
    await rm(directory, { recursive: true });
  }
}

async function version(name: string): Promise<string> {
  const file = join(import.meta.dirname, "../node_modules", name, "package.json");
  return JSON.parse(await readFile(file, "utf8")).version;
}

/** With a list of numbers on one line, and no more digits than mean something. */
function stringify(value: object): string {
  const rounded = JSON.stringify(
    value,
    (_key, part: unknown) => (typeof part === "number" ? Number(part.toPrecision(5)) : part),
    2,
  );
  return rounded.replace(/\[[\d\s.,-]*\]/g, (list) => list.replace(/\s+/g, " "));
}
