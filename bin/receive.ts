import { CALLBACK_PATH } from "../lib/callback-path.ts";
import { readReadyFile } from "../local/ready-file.ts";
import { explainRemaining, readQueueState } from "./receive/queue-state.ts";
import { receiveEvents } from "./receive/receive-events.ts";
import { explainAwsConfiguration } from "./shared/aws-configuration.ts";
import { LOCAL_CALLBACK_URL } from "./shared/callback-target.ts";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  type TextOutput,
  toMain,
  UsageError,
} from "./shared/command.ts";
import { count } from "./shared/count.ts";
import { checkQueueUrl, readUrl } from "./shared/option-values.ts";
import { printable } from "./shared/printable.ts";
import { isLocalQueue, queueClient } from "./shared/queue-client.ts";

export const definition = {
  invocation: "npm run receive",
  summary:
    "Prints the events that are visible in a queue, each as a line of JSON, and deletes them. Anything other than an event " +
    "stays in the queue. Exits with 0 also if there is no event.",
  options: {
    url: {
      value: "URL",
      default: LOCAL_CALLBACK_URL,
      meaning: "Callback URL of the local system whose queue to receive from.",
    },
    "queue-url": {
      value: "URL",
      defaultText: "the local system's",
      meaning: "Queue to receive from, such as the stack's output QueueUrl; in AWS with your credentials.",
    },
    keep: {
      meaning: "Leaves the events in the queue, which counts each receive: after five, an event becomes a dead letter.",
    },
  },
  example: "npm run receive -- --keep",
} as const satisfies CommandDefinition;

type ReceiveOptions = OptionValues<typeof definition>;

export const main = toMain(definition, receive);

async function receive(options: ReceiveOptions, { stdout, stderr }: CommandIo): Promise<number> {
  const queueUrl = await findQueue(options);
  const { keep } = options;
  const tell = linePrinter(stderr);
  try {
    const sqs = queueClient(queueUrl);
    const { printed, foreign } = await receiveEvents(sqs, { queueUrl, keep, print: (bodies) => print(bodies, stdout) });
    const state = await readQueueState(sqs, queueUrl);
    for (const { id, problem } of foreign) tell(`Message ${id} stays in the queue. ${problem}`);
    tell(printed === 0 ? "No event received." : `${count(printed, "event")} received${keep ? "" : " and deleted"}.`);
    for (const sentence of explainRemaining(state, foreign.length + (keep ? printed : 0))) tell(sentence);
    if (keep && printed > 0 && state.maxReceiveCount !== undefined) {
      tell(`Each receive counts: after ${state.maxReceiveCount}, an event becomes a dead letter.`);
    }
    return 0;
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(printable(explainFailure(error as Error, queueUrl)));
  }
}

async function findQueue({ url, "queue-url": queueUrl }: ReceiveOptions): Promise<string> {
  if (queueUrl === undefined) {
    const { href } = new URL(CALLBACK_PATH, readUrl(url));
    const local = await readReadyFile(href);
    if (local !== undefined) return local.queueUrl;
    throw new UsageError(`No local system runs at ${href}: run 'npm start', or give a queue's URL with --queue-url`);
  }
  if (url !== LOCAL_CALLBACK_URL) {
    throw new UsageError("--url and --queue-url name two queues: expected only one of them");
  }
  checkQueueUrl(queueUrl);
  return queueUrl;
}

/** Prints events, each on one line that can't steer a terminal and is still JSON. Resolves once they are written. */
async function print(bodies: readonly string[], output: TextOutput): Promise<void> {
  if (bodies.length === 0) return;
  // Line breaks are white space here: inside a string, JSON has to escape them.
  const lines = bodies.map((body) => `${printable(body.replace(/[\t\r\n]+/g, " "))}\n`);
  await new Promise<void>((resolve, reject) => {
    output.write(lines.join(""), (error) => {
      if (!error) resolve();
      else reject(new UsageError(`Output can't be written (${error.message}): the events stay in the queue`));
    });
  });
}

function explainFailure(error: Error, queueUrl: string): string {
  const reason = explainAwsConfiguration(error) ?? `${queueUrl}: ${error.message}`;
  const { code } = error as NodeJS.ErrnoException;
  return isLocalQueue(queueUrl) && code === "ECONNREFUSED"
    ? `${queueUrl} did not answer (${code}). Start the local system with 'npm start'`
    : reason;
}
