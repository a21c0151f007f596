import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import { RecoveryLog } from "../../functions/recovery-log.ts";
import { queueReference, type SentMessage, startQueues } from "../../local/queues.ts";
import { exampleEvent } from "./example-event.ts";

/** The lines that a function writes to its log. */
export function linesOf(write: (recoveryLog: RecoveryLog) => void): string {
  const spy = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  write(new RecoveryLog());
  const lines = spy.mock.calls.map(([line]) => String(line));
  spy.mockRestore();
  return lines.join("");
}

/** The line of an event that could not be stored. */
export function eventLine(event: ChatEvent = exampleEvent()): string {
  return linesOf((recoveryLog) => recoveryLog.event(event, "no"));
}

/** Writes text to a new file; returns its path. */
export async function fileWith(text: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), "replay-")), "log");
  await writeFile(file, text);
  return file;
}

/**
 * Starts SQS with one queue until the test is over.
 *
 * @param name a name that ends in `.fifo` is a FIFO queue's
 */
export async function startQueue(name = "events.fifo") {
  const messages: SentMessage[] = [];
  const queues = await startQueues((message) => messages.push(message));
  onTestFinished(() => queues.close());
  await queues.create(name, name.endsWith(".fifo") ? { FifoQueue: true } : {});
  return { queues, endpoint: queues.endpoint, messages, queueUrl: queueReference(queues.endpoint, name).ref };
}
