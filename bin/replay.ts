import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { chooseEvents, type LostEvent, type SkippedRequest } from "./replay/choose-events.ts";
import { connectToBus, connectToQueue, type Publish } from "./replay/publish.ts";
import { putBack } from "./replay/put-back.ts";
import { explainAwsConfiguration } from "./shared/aws-configuration.ts";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  toMain,
  UsageError,
} from "./shared/command.ts";
import { count } from "./shared/count.ts";
import { describeEvent } from "./shared/describe-event.ts";
import { checkQueueUrl, readForwarding } from "./shared/option-values.ts";
import { printable } from "./shared/printable.ts";

export const definition = {
  invocation: "npm run replay",
  summary:
    "Puts back the events that are only in the log, because neither the destination nor the standby queue took them, and those of signed callbacks that were refused but are acceptable to this version. " +
    "Ends with exit code 1 if the log contains anything other than whole lines of the callback function, an event could not be put back, or a signed callback is still refused.",
  options: {
    file: {
      value: "FILE",
      defaultText: "standard input",
      meaning: "File with the log: the JSON that 'aws logs filter-log-events' prints, or the function's own lines.",
    },
    "queue-url": { value: "URL", meaning: "Queue that takes the events: the stack's output QueueUrl." },
    "event-bus-name": { value: "NAME", meaning: "Bus that takes the events: the stack's output EventBusName." },
    unverified: {
      meaning:
        "Includes the events of requests whose signature could not be verified or had expired; needs --sdk-app-id.",
    },
    "sdk-app-id": {
      value: "ID",
      meaning: "SDKAppID of the stack, so that unverified requests to other apps are left out.",
    },
    forward: {
      value: "LIST",
      defaultText: "none",
      meaning: "Callbacks that the stack forwards, so that unverified or refused ones become events as well.",
    },
    apply: { meaning: "Sends the events; without it, the command only lists them." },
  },
  example:
    "npm run replay -- --file lost.json --queue-url https://sqs.eu-central-1.amazonaws.com/123456789012/events.fifo --apply",
} as const satisfies CommandDefinition;

export const main = toMain(definition, replay);

/** What to do if the options, rather than the requests, are wrong. */
const ADVICE = {
  forwarding: "If the stack forwards these callbacks, repeat its list with --forward.",
  sdkAppId: "If they came to this stack, correct --sdk-app-id.",
} as const;

async function replay(options: OptionValues<typeof definition>, io: CommandIo): Promise<number> {
  const { unverified, "sdk-app-id": sdkAppId } = options;
  if (unverified && sdkAppId === undefined)
    throw new UsageError("--unverified needs --sdk-app-id: expected the stack's SDKAppID");
  const publish = await connect(options);
  const forwarding = readForwarding(options.forward);
  const includesUnverified = unverified === true;
  const choice = chooseEvents(await readLog(options.file, io), { includesUnverified, sdkAppId, forwarding });
  const { events, skipped, unverifiedCount, cut, foreign } = choice;

  const done = await putBackAndPrint(events, publish, io);
  const print = linePrinter(io.stdout);
  const outcome = `${count(events.length, "event")} ${publish ? "put back" : "would be put back"}.`;
  print(events.length === 0 ? "No event found." : `${done} of ${outcome}`);
  if (unverifiedCount > 0) {
    print(
      `${count(unverifiedCount, "request")} left out as unverified: anyone may have sent them. Add --unverified and --sdk-app-id to include them.`,
    );
  }
  if (!publish && events.length > 0)
    print("Nothing was sent. Add --apply with --queue-url or --event-bus-name to send it.");

  const problems = [
    ...explainSkipped(skipped),
    ...(cut.length > 0 ? [explainCut(cut)] : []),
    ...(foreign.length > 0 ? [explainForeign(foreign)] : []),
  ];
  for (const { position, reason } of skipped) linePrinter(io.stderr)(printable(`skipped  ${position}: ${reason}`));
  for (const problem of problems) linePrinter(io.stderr)(problem);
  return events.length - done + problems.length > 0 ? 1 : 0;
}

/** @returns the problems; none about unverified requests that the endpoint would refuse, or that have no event: they are not lost */
function explainSkipped(skipped: readonly SkippedRequest[]): string[] {
  const doubts = new Set(skipped.flatMap(({ ruledOutBy = [] }) => ruledOutBy));
  const refused = skipped.filter(({ isVerified, ruledOutBy }) => isVerified && ruledOutBy === undefined);
  const problems: string[] = Array.from(doubts, (doubt) => ADVICE[doubt]);
  if (refused.length > 0) {
    const what = refused.length === 1 ? "1 signed callback is" : `${refused.length} signed callbacks are`;
    problems.push(`${what} still refused: keep the log until a version accepts them`);
  }
  return problems;
}

/** @returns `undefined` without `--apply` */
async function connect({
  apply,
  "queue-url": queueUrl,
  "event-bus-name": eventBusName = "",
}: OptionValues<typeof definition>): Promise<Publish | undefined> {
  if (queueUrl !== undefined && eventBusName !== "") {
    throw new UsageError("--queue-url and --event-bus-name are two destinations: expected only one of them");
  }
  if (apply && queueUrl === undefined && eventBusName === "") {
    throw new UsageError("--apply needs a destination: expected either --queue-url or --event-bus-name");
  }
  if (queueUrl !== undefined) checkQueueUrl(queueUrl);
  if (!apply) return undefined;
  try {
    return queueUrl === undefined ? await connectToBus(eventBusName) : await connectToQueue(queueUrl);
  } catch (error) {
    const option = queueUrl === undefined ? `--event-bus-name is '${eventBusName}'` : `--queue-url is '${queueUrl}'`;
    throw new UsageError(explainAwsConfiguration(error) ?? `${option}: ${(error as Error).message}`);
  }
}

async function readLog(file: string | undefined, io: CommandIo): Promise<string> {
  if (file === undefined && io.stdin.isTTY) {
    io.stderr.write("Reading the log from standard input: end it with Ctrl+D, or give a file with -- --file FILE.\n");
  }
  const log =
    file === undefined
      ? await text(io.stdin).catch(failUnreadable("Standard input"))
      : await readFile(file, "utf8").catch(failUnreadable("--file"));
  if (log.trim() !== "") return log.replace(/^\uFEFF/, "");
  throw new UsageError(
    "The log is empty: expected the JSON that 'aws logs filter-log-events --output json' prints, with --file or on standard input",
  );
}

function failUnreadable(source: string): (error: Error) => never {
  return ({ message }) => {
    throw new UsageError(`${source} can't be read: ${message}`);
  };
}

/** @returns how many events were put back */
async function putBackAndPrint(
  events: readonly LostEvent[],
  publish: Publish | undefined,
  { stdout, stderr }: CommandIo,
): Promise<number> {
  const failures: string[] = [];
  let done = 0;
  for await (const { lost, problem, isLast } of putBack(events, publish ?? (async () => {}))) {
    const description = describeLostEvent(lost);
    if (problem === undefined) {
      linePrinter(stdout)(`${publish ? "put back" : "would put back"}  ${description}`);
      done += 1;
    } else {
      failures.push(isLast ? `Stopped: ${printable(problem)}` : `not put back  ${description}  ${printable(problem)}`);
    }
  }
  for (const failure of failures) linePrinter(stderr)(failure);
  return done;
}

function describeLostEvent({ event, isVerified }: LostEvent): string {
  const { receivedAt, deduplicationId } = event.detail.metadata;
  const [time, id] = [receivedAt, `${deduplicationId.slice(0, 12)}…`].map((value) => printable(String(value)));
  return `${time}  ${describeEvent(event)}  ${id}${isVerified ? "" : "  unverified"}`;
}

/** Most positions to print of what could not be read. */
const MAX_POSITIONS = 10;

function listPositions(positions: readonly string[]): string {
  const shown = positions.slice(0, MAX_POSITIONS).map(printable).join(", ");
  return positions.length > MAX_POSITIONS ? `${shown}, …` : shown;
}

function explainCut(positions: readonly string[]): string {
  const what = positions.length === 1 ? "1 line is cut" : `${positions.length} lines are cut`;
  return `${what} (${listPositions(positions)}): fetch the log again without --filter-pattern, or pass whole lines`;
}

function explainForeign(positions: readonly string[]): string {
  const what = positions.length === 1 ? "1 line is" : `${positions.length} lines are`;
  return (
    `${what} not the function's own (${listPositions(positions)}): pass the JSON that 'aws logs filter-log-events --output json' ` +
    "prints; 'aws logs tail' and '--output text' add to each line"
  );
}
