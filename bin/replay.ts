import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { ChatEvent } from "../events/chat-event.ts";
import { markRepublished } from "../events/create-event.ts";
import { createUnverifiedEvent, readRecoveryLog } from "../functions/recovery-log.ts";
import { connectToBus, connectToQueue, type Publish } from "./replay/publish.ts";
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
import { readForwarding } from "./shared/option-values.ts";
import { printable } from "./shared/printable.ts";

export const definition = {
  invocation: "npm run replay",
  summary:
    "Puts back the events that are only in the log, because neither the destination nor the standby queue took them. " +
    "Ends with exit code 1 if the log contains anything else than whole lines of the callback function, or an event could not be put back.",
  options: {
    file: {
      value: "FILE",
      defaultText: "standard input",
      meaning: "File with the log: the JSON that 'aws logs filter-log-events' prints, or the function's own lines.",
    },
    "queue-url": { value: "URL", meaning: "Queue that takes the events: the stack's output QueueUrl." },
    "event-bus-name": { value: "NAME", meaning: "Bus that takes the events: the stack's output EventBusName." },
    unverified: {
      meaning: "Includes the events of requests whose signature could not be verified; needs --sdk-app-id.",
    },
    "sdk-app-id": {
      value: "ID",
      meaning: "SDKAppID of the stack, so that unverified requests to other apps are left out.",
    },
    forward: {
      value: "LIST",
      defaultText: "none",
      meaning: "Callbacks that the stack forwards, so that unverified ones become events as well.",
    },
    apply: { meaning: "Sends the events; without it, the command only lists them." },
  },
  example:
    "npm run replay -- --file lost.json --queue-url https://sqs.eu-central-1.amazonaws.com/123456789012/events.fifo --apply",
} as const satisfies CommandDefinition;

export const main = toMain(definition, replay);

/** An event to put back. */
interface LostEvent {
  readonly event: ChatEvent;
  /** Whether its callback was authenticated. If not, the event says so as well. */
  readonly isVerified: boolean;
}

async function replay(options: OptionValues<typeof definition>, io: CommandIo): Promise<number> {
  const { unverified, "sdk-app-id": sdkAppId } = options;
  if (unverified && sdkAppId === undefined)
    throw new UsageError("--unverified needs --sdk-app-id: expected the stack's SDKAppID");
  const publish = await connect(options);
  const forwarding = readForwarding(options.forward);
  const { records, unreadable } = readRecoveryLog(await readLog(options.file, io));
  const verified = records.flatMap((record) => (record.kind === "event" ? [toLostEvent(record.event, true)] : []));
  const requests = records.filter((record) => record.kind === "request");
  const unverifiedEvents = requests.flatMap((record) => {
    const event = createUnverifiedEvent(record, sdkAppId ?? "", forwarding);
    return event === undefined ? [] : [toLostEvent(event, false)];
  });
  const chosen = [...verified, ...(unverified ? unverifiedEvents : [])];

  const failures = await putBack(chosen, publish, io);
  const print = linePrinter(io.stdout);
  print(
    `${chosen.length - failures} of ${count(chosen.length, "event")} ${publish ? "put back" : "would be put back"}.`,
  );
  if (!unverified && requests.length > 0) {
    print(
      `${count(requests.length, "request")} left out, because nobody could verify the signature. Add --unverified and --sdk-app-id to include them.`,
    );
  }
  if (!publish) print("Nothing was sent. Add --apply with --queue-url or --event-bus-name to send it.");

  const printProblem = linePrinter(io.stderr);
  const ignored = unverified ? requests.length - unverifiedEvents.length : 0;
  if (ignored > 0) {
    printProblem(
      `${count(ignored, "unverified request")} would be refused, or would not become an event. If the stack forwards other callbacks, repeat its list with --forward.`,
    );
  }
  if (unreadable.length > 0) printProblem(explainUnreadable(unreadable));
  return failures > 0 || unreadable.length > 0 || ignored > 0 ? 1 : 0;
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
  if (queueUrl !== undefined && !(/^https?:\/\//.test(queueUrl) && URL.canParse(queueUrl))) {
    throw new UsageError(`--queue-url is '${queueUrl}': expected a queue's URL, such as the stack's output QueueUrl`);
  }
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
  const log = file === undefined ? await text(io.stdin) : await readFile(file, "utf8").catch(failUnreadable);
  if (log.trim() !== "") return log.replace(/^\uFEFF/, "");
  throw new UsageError(
    "The log is empty: expected the JSON that 'aws logs filter-log-events --output json' prints, with --file or on standard input",
  );
}

function failUnreadable(error: Error): never {
  throw new UsageError(`--file can't be read: ${error.message}`);
}

function toLostEvent(event: ChatEvent, isVerified: boolean): LostEvent {
  return { event: markRepublished(event), isVerified };
}

/**
 * Publishes events one after the other. One that fails does not stop the rest.
 *
 * @returns how many failed
 */
async function putBack(
  lostEvents: readonly LostEvent[],
  publish: Publish | undefined,
  { stdout, stderr }: CommandIo,
): Promise<number> {
  const failures: string[] = [];
  for (const lost of lostEvents) {
    const description = describeLostEvent(lost);
    try {
      await publish?.(lost.event);
      linePrinter(stdout)(`${publish ? "put back" : "would put back"}  ${description}`);
    } catch (error) {
      failures.push(`not put back  ${description}  ${printable((error as Error).message)}`);
    }
  }
  for (const failure of failures) linePrinter(stderr)(failure);
  return failures.length;
}

function describeLostEvent({ event, isVerified }: LostEvent): string {
  const { receivedAt, deduplicationId } = event.detail.metadata;
  const [time, id] = [receivedAt, `${deduplicationId.slice(0, 12)}…`].map((value) => printable(String(value)));
  return `${time}  ${describeEvent(event)}  ${id}${isVerified ? "" : "  unverified"}`;
}

/** Most positions to print of what could not be read. */
const MAX_POSITIONS = 10;

function explainUnreadable(positions: readonly string[]): string {
  const shown = positions.slice(0, MAX_POSITIONS).map(printable).join(", ");
  const where = positions.length > MAX_POSITIONS ? `${shown}, …` : shown;
  return (
    `${count(positions.length, "line")} could not be read (${where}): pass the JSON that 'aws logs filter-log-events --output json' ` +
    "prints, without a filter pattern if lines were cut, or the function's own lines"
  );
}
