import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import {
  countLostEvents,
  findBus,
  type LostEvent,
  publishToBus,
  publishToQueue,
  readLostEvents,
} from "./replay/lost-events.ts";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  toMain,
  UsageError,
} from "./shared/command.ts";
import { describeEvent } from "./shared/describe-event.ts";
import { readForwarding } from "./shared/option-values.ts";

export const definition = {
  invocation: "npm run replay",
  summary:
    "Puts back the events that are only in the log, because neither the destination nor the standby queue took them.",
  options: {
    file: {
      value: "FILE",
      defaultText: "standard input",
      meaning: "File with the log, as 'aws logs filter-log-events' prints it.",
    },
    "queue-url": { value: "URL", meaning: "Queue that takes the events: the stack's output QueueUrl." },
    "event-bus-name": { value: "NAME", meaning: "Bus that takes the events: the stack's output EventBusName." },
    unverified: { meaning: "Includes the events of requests whose signature could not be verified." },
    forward: {
      value: "LIST",
      defaultText: "none",
      meaning: "Callbacks that the stack forwards, which become events as well.",
    },
    apply: { meaning: "Sends the events; without it, the command only lists them." },
  },
  example:
    "npm run replay -- --file lost.json --queue-url https://sqs.eu-central-1.amazonaws.com/123456789012/events.fifo --apply",
} as const satisfies CommandDefinition;

export const main = toMain(definition, replay);

async function replay(options: OptionValues<typeof definition>, io: CommandIo): Promise<number> {
  const print = linePrinter(io.stdout);
  const { file, unverified, apply, "queue-url": queueUrl, "event-bus-name": eventBusName } = options;
  if (apply && (queueUrl === undefined) === (eventBusName === undefined)) {
    throw new UsageError("--apply needs to know where to: expected --queue-url or --event-bus-name, one of them");
  }
  if (queueUrl !== undefined && !URL.canParse(queueUrl)) {
    throw new UsageError(`--queue-url is '${queueUrl}': expected a queue's URL, the stack's output QueueUrl`);
  }
  const log = await read(file, io.stdin);
  const found = readLostEvents(log, readForwarding(options.forward));
  const chosen = found.filter(({ verified }) => verified || unverified);
  const publish = queueUrl === undefined ? await toBus(eventBusName ?? "", apply) : toQueue(queueUrl);
  for (const lost of chosen) {
    if (apply) await publish(lost);
    print(`${apply ? "put back" : "would put back"}  ${describe(lost)}`);
  }
  print(`${chosen.length} of ${found.length} events ${apply ? "put back" : "would be put back"}.`);
  if (chosen.length < found.length) {
    print("The others are of requests whose signature nobody could verify: --unverified takes them, too.");
  }
  const unread = countLostEvents(log) - found.length;
  if (unread > 0) {
    io.stderr.write(
      `${unread} lines about lost events could not be read, or hold no callback that becomes an event: give the log as 'aws logs filter-log-events' prints it, and with --forward what the stack forwards.\n`,
    );
  }
  if (!apply) print("Nothing was sent: --apply does, with --queue-url or --event-bus-name.");
  return unread > 0 ? 1 : 0;
}

async function read(file: string | undefined, stdin: Readable): Promise<string> {
  if (file === undefined) return text(stdin);
  return readFile(file, "utf8")
    .then((content) => content.replace(/^\uFEFF/, ""))
    .catch((error: Error) => {
      throw new UsageError(`--file can't be read: ${error.message}`);
    });
}

function toQueue(queueUrl: string): (lost: LostEvent) => Promise<void> {
  const region = /^https:\/\/sqs\.([\w-]+)\./.exec(queueUrl)?.[1];
  const client = new SQSClient({ endpoint: new URL(queueUrl).origin, ...(region !== undefined && { region }) });
  return ({ event }) => publishToQueue(client, queueUrl, event);
}

async function toBus(eventBusName: string, apply: boolean): Promise<(lost: LostEvent) => Promise<void>> {
  const client = new EventBridgeClient();
  if (apply) {
    await findBus(client, eventBusName).catch((error: Error) => {
      throw new UsageError(`--event-bus-name is '${eventBusName}': ${error.message}`);
    });
  }
  return ({ event }) => publishToBus(client, eventBusName, event);
}

function describe({ event, verified }: LostEvent): string {
  const { metadata } = event.detail;
  const doubt = verified ? "" : "  nobody verified its signature";
  return `${metadata.receivedAt}  ${describeEvent(event)}  ${metadata.deduplicationId.slice(0, 12)}…${doubt}`;
}
