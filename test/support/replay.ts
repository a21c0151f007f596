import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import { RecoveryLog } from "../../functions/recovery-log.ts";
import type { SentMessage } from "../../local/queue-observer.ts";
import { queueReference, startQueues } from "../../local/queues.ts";
import { Refusal } from "../../tencent/refusal.ts";
import { decodeRequest } from "../../tencent/request.ts";
import { type Query, REPORT, REQUEST_TIME, signedQuery } from "./callbacks.ts";
import { exampleEvent } from "./example-event.ts";

/** The lines that a function writes to its log. */
function linesOf(write: (recoveryLog: RecoveryLog) => void): string {
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

const requestWith = (body: string, query: Query) =>
  decodeRequest({ rawQueryString: signedQuery(REQUEST_TIME, query), body, isBase64Encoded: false });

/** The line of a request that was never authenticated. */
export function requestLine(body = REPORT, query: Query = {}): string {
  return linesOf((recoveryLog) => recoveryLog.request(requestWith(body, query), REQUEST_TIME * 1000, "no"));
}

/** The line of a request that was refused although its signature was valid and, if authenticated, fresh. */
export function refusedLine(body = REPORT, query: Query = {}, isAuthenticated = true): string {
  const refusal = new Refusal(isAuthenticated ? "read-report-invalid" : "request-expired", "no");
  const signed = { request: requestWith(body, query), isAuthenticated };
  return linesOf((recoveryLog) => recoveryLog.refused(signed, REQUEST_TIME * 1000, refusal));
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
  const queues = await startQueues({ sent: (message) => messages.push(message) });
  onTestFinished(() => queues.close());
  await queues.create(name, name.endsWith(".fifo") ? { FifoQueue: true } : {});
  return { queues, endpoint: queues.endpoint, messages, queueUrl: queueReference(queues.endpoint, name).ref };
}
