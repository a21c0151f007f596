import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { ChatEvent } from "../events/chat-event.ts";
import { markRepublished } from "../events/create-event.ts";
import type { Forwarding } from "../events/forwarding.ts";
import { createUnverifiedEvent, type RecoveryRecord, readRecoveryLog } from "../functions/recovery-log.ts";
import { connectToBus, connectToQueue, type Publish } from "./replay/publish.ts";
import { readForwarding, readOptions, runCommand, UsageError } from "./shared/command.ts";
import { summarise } from "./shared/summarise.ts";

/** An event to put back. */
interface LostEvent {
  readonly event: ChatEvent;
  /** Whether its callback was authenticated. If not, the event says so as well. */
  readonly isVerified: boolean;
}

/** Most positions to print of what could not be read. */
const MAX_POSITIONS = 10;

// Puts back the events that only the log has, because neither the destination nor standby took them.
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
    throw new UsageError("--apply needs a destination: expected either --queue-url or --event-bus-name");
  }
  if (queueUrl !== undefined && !URL.canParse(queueUrl)) {
    throw new UsageError(`--queue-url is '${queueUrl}': expected a queue's URL, such as the stack's output QueueUrl`);
  }
  const forwarding = readForwarding(options.forward);
  const { records, unreadable } = readRecoveryLog(await readLog(file));
  const lostEvents = records.flatMap((record) => toLostEvent(record, forwarding));
  const chosen = lostEvents.filter(({ isVerified }) => isVerified || unverified);
  const publish = apply ? await connect(queueUrl, eventBusName) : undefined;

  const failures: string[] = [];
  for (const lost of chosen) {
    const description = describeLostEvent(lost);
    try {
      await publish?.(lost.event);
      console.log(`${apply ? "put back" : "would put back"}  ${description}`);
    } catch (error) {
      failures.push(`not put back  ${description}: ${(error as Error).message}`);
    }
  }
  for (const failure of failures) console.error(failure);
  console.log(
    `${chosen.length - failures.length} of ${lostEvents.length} events ${apply ? "put back" : "would be put back"}.`,
  );
  if (chosen.length < lostEvents.length) {
    console.log("The rest are unverified: nobody checked their signatures. Add --unverified to include them.");
  }
  const ignored = records.length - lostEvents.length;
  if (ignored > 0) {
    console.error(
      `${ignored} unverified ${plural(ignored, "request")} would not become an event. If the stack forwards other callbacks, pass its list with --forward.`,
    );
  }
  if (unreadable.length > 0) {
    const more = unreadable.length > MAX_POSITIONS ? ", …" : "";
    console.error(
      `${unreadable.length} ${plural(unreadable.length, "line")} could not be read (${unreadable.slice(0, MAX_POSITIONS).join(", ")}${more}): ` +
        "pass the JSON that 'aws logs filter-log-events --output json' prints, or the function's own log lines.",
    );
  }
  if (!apply) console.log("Nothing was sent. Add --apply with --queue-url or --event-bus-name to send it.");
  if (failures.length > 0 || unreadable.length > 0 || (unverified && ignored > 0)) process.exitCode = 1;
});

async function readLog(file: string | undefined): Promise<string> {
  const log = file === undefined ? await text(process.stdin) : await readFile(file, "utf8").catch(failUnreadable);
  if (log.trim() === "") {
    throw new UsageError(
      "The log is empty: pass the JSON that 'aws logs filter-log-events --output json' prints, with --file or on standard input.",
    );
  }
  return log.replace(/^\uFEFF/, "");
}

function failUnreadable(error: Error): never {
  throw new UsageError(`--file cannot be read: ${error.message}`);
}

function toLostEvent(record: RecoveryRecord, forwarding: Forwarding): LostEvent[] {
  const isVerified = record.kind === "event";
  const event = isVerified ? record.event : createUnverifiedEvent(record, forwarding);
  return event === undefined ? [] : [{ event: markRepublished(event), isVerified }];
}

async function connect(queueUrl: string | undefined, eventBusName = ""): Promise<Publish> {
  try {
    return queueUrl === undefined ? await connectToBus(eventBusName) : await connectToQueue(queueUrl);
  } catch (error) {
    const option = queueUrl === undefined ? `--event-bus-name is '${eventBusName}'` : `--queue-url is '${queueUrl}'`;
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}

function describeLostEvent({ event, isVerified }: LostEvent): string {
  const { receivedAt, deduplicationId } = event.detail.metadata;
  // The log may contain anything: no control characters reach the terminal.
  const [time, id] = [receivedAt, deduplicationId.slice(0, 12)].map((value) => JSON.stringify(value).slice(1, -1));
  return `${time}  ${summarise(event)}  ${id}…${isVerified ? "" : "  unverified"}`;
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}
