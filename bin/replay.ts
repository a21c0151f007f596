import { readFile } from "node:fs/promises";
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
import { readForwarding, readOptions, runCommand, UsageError } from "./shared/command.ts";
import { summarise } from "./shared/summarise.ts";

// Puts back the events that stand in the log because neither the destination nor standby took them.
await runCommand(async () => {
  const options = readOptions({
    file: { type: "string" },
    "queue-url": { type: "string" },
    "event-bus-name": { type: "string" },
    unverified: { type: "boolean", default: false },
    forward: { type: "string" },
    apply: { type: "boolean", default: false },
  });
  const { file, unverified, apply, "queue-url": queueUrl, "event-bus-name": eventBusName } = options;
  if (apply && (queueUrl === undefined) === (eventBusName === undefined)) {
    throw new UsageError("--apply needs to know where to: expected --queue-url or --event-bus-name, one of them");
  }
  if (queueUrl !== undefined && !URL.canParse(queueUrl)) {
    throw new UsageError(`--queue-url is '${queueUrl}': expected a queue's URL, the stack's output QueueUrl`);
  }
  const log = await read(file);
  const found = readLostEvents(log, readForwarding(options.forward));
  const chosen = found.filter(({ verified }) => verified || unverified);
  const publish = queueUrl === undefined ? await toBus(eventBusName ?? "", apply) : toQueue(queueUrl);
  for (const lost of chosen) {
    if (apply) await publish(lost);
    console.log(`${apply ? "put back" : "would put back"}  ${describe(lost)}`);
  }
  console.log(`${chosen.length} of ${found.length} events ${apply ? "put back" : "would be put back"}.`);
  if (chosen.length < found.length) {
    console.log("The others are of requests whose signature nobody could verify: --unverified takes them, too.");
  }
  const unread = countLostEvents(log) - found.length;
  if (unread > 0) {
    console.error(
      `${unread} lines about lost events could not be read, or hold no callback that becomes an event: give the log as 'aws logs filter-log-events' prints it, and with --forward what the stack forwards.`,
    );
    process.exitCode = 1;
  }
  if (!apply) console.log("Nothing was sent: --apply does, with --queue-url or --event-bus-name.");
});

async function read(file: string | undefined): Promise<string> {
  if (file === undefined) return text(process.stdin);
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
  return `${metadata.receivedAt}  ${summarise(event)}  ${metadata.deduplicationId.slice(0, 12)}…${doubt}`;
}
