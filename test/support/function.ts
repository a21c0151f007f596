import { onTestFinished } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import { type DestinationKind, STANDBY_DEAD_LETTER_QUEUE, startFunctions } from "../../local/functions.ts";
import type { SentMessage } from "../../local/queue-observer.ts";
import { SDK_APP_ID, TOKEN } from "./callbacks.ts";

/** Ends what a test has started: the test's context, or something that lives longer. */
export interface Owner {
  onTestFinished(end: () => void | Promise<void>): void;
}

/** How a test runs the functions, where it differs from the default. */
interface Options {
  /** @default "fifo" */
  readonly destination?: DestinationKind;
  /** The test's context, or another owner: needed where tests run concurrently, or share a function. */
  readonly context?: Owner;
}

/**
 * Runs the functions' bundles until the test ends, and keeps what they send and log.
 *
 * @param environment environment variables to add or to change; an empty one counts as missing
 */
export async function startFunction(
  environment: Readonly<Record<string, string>> = {},
  { destination = "fifo", context }: Options = {},
) {
  const messages: SentMessage[] = [];
  const lines: string[] = [];
  const functions = await startFunctions({
    sdkAppId: SDK_APP_ID,
    token: TOKEN,
    destination,
    environment,
    onMessage: (message) => messages.push(message),
    onLine: (line) => lines.push(line),
  });
  (context?.onTestFinished ?? onTestFinished)(functions.close);
  const { callback, eventsQueue } = functions;
  const taken = (queue: string) => messages.filter(({ queueName, dropped }) => queueName === queue && !dropped);
  return {
    ...functions,
    /** What reached the queues: `events.fifo` (or `events`), `standby` and its dead-letter queue. */
    messages,
    /** What the functions have logged so far. */
    lines,
    /** The events that reached the destination, without those that a FIFO queue dropped. */
    delivered: () => taken(eventsQueue).map(({ body }) => JSON.parse(body) as ChatEvent),
    /** The bodies of what went to the dead letters. */
    deadLetters: () => taken(STANDBY_DEAD_LETTER_QUEUE).map(({ body }) => body),
    /** Ends the functions, so that nothing is still on its way to their logs, and gives all that they logged. */
    async log(): Promise<string[]> {
      await functions.stop();
      return lines;
    },
    start: () => callback.start(),
    /** Invokes the callback function with any event. */
    invoke: (event: unknown) => callback.invoke(event),
    /** Invokes the callback function as API Gateway does. */
    post: (rawQueryString: string, body: string | Buffer, sourceIp = "203.0.113.7") =>
      functions.post(rawQueryString, Buffer.from(body), sourceIp),
  };
}

/** A JSON object. */
export function parse(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

/** The lines of a function's log that have a certain message. */
export function logged(lines: readonly string[], message: string): Record<string, unknown>[] {
  return lines.map(parse).filter((line) => line["message"] === message);
}
