import { randomUUID } from "node:crypto";
import type { ChatEvent } from "../events/chat-event.ts";
import { createEvent } from "../events/create-event.ts";
import { type Forwarding, maxBodyBytes } from "../events/forwarding.ts";
import { isChatEvent } from "../events/is-chat-event.ts";
import { acceptUnsigned } from "../tencent/authenticate.ts";
import { readCallback } from "../tencent/callback.ts";
import { DEEPEST_ENVELOPE, type JsonObject, parseJsonObject } from "../tencent/json.ts";
import type { CallbackParameters, CallbackRequest } from "../tencent/request.ts";
import { explain, LINE_START, log } from "./log.ts";
import { MinuteCounter } from "./minute-counter.ts";

// The log is the last place for what neither the destination nor standby took. This file writes such records and reads them
// back, so the two cannot diverge.

/** The messages of the log lines that are records. */
const MESSAGES = {
  event: "an event could not be stored",
  request: "a request could not be judged",
} as const;

/** A request that was never authenticated: without its signature and the client's address. */
interface LoggedRequest extends Omit<CallbackParameters, "sign" | "requestTime" | "clientIp"> {
  readonly authenticated: false;
  /** An ISO 8601 time. */
  readonly receivedAt: string;
  readonly body: string;
}

/** The fields of a record, one type for each message. */
type RecordFields = {
  readonly event: { readonly error: string; readonly event: ChatEvent };
  readonly request: { readonly error: string; readonly request: LoggedRequest };
};

/** A record as read back. */
export type RecoveryRecord =
  | { readonly kind: "event"; readonly event: ChatEvent }
  | { readonly kind: "request"; readonly request: LoggedRequest };

/** Anyone can send requests, and a line of the log costs money: each environment logs this many of them a minute. */
export const MAX_REQUESTS_PER_MINUTE = 300;

/** Writes what could be stored nowhere else. */
export class RecoveryLog {
  readonly #requests = new MinuteCounter();

  /** Logs the event of a genuine callback, whole. */
  event(event: ChatEvent, error: unknown): void {
    write("event", { error: explain(error), event });
  }

  /**
   * Logs a request that was never authenticated, up to {@link MAX_REQUESTS_PER_MINUTE}.
   *
   * @param receivedAt Unix milliseconds
   */
  request({ parameters, body }: CallbackRequest, receivedAt: number, error: unknown): void {
    const count = this.#requests.count(receivedAt);
    if (count === MAX_REQUESTS_PER_MINUTE + 1) log("WARN", "further requests are not logged in this minute");
    if (count > MAX_REQUESTS_PER_MINUTE) return;
    const { sign: _secret, requestTime: _signed, clientIp: _personal, ...rest } = parameters;
    const request = { authenticated: false, receivedAt: new Date(receivedAt).toISOString(), ...rest, body: `${body}` };
    write("request", { error: explain(error), request: request as LoggedRequest });
  }
}

function write<Kind extends keyof RecordFields>(kind: Kind, fields: RecordFields[Kind]): void {
  log("ERROR", MESSAGES[kind], fields);
}

/** The content of a log. */
export interface RecoveredLog {
  readonly records: readonly RecoveryRecord[];
  /** The positions of what is not a complete line of the function's log: `line 7`, or the id of a log event. */
  readonly unreadable: readonly string[];
}

/**
 * Reads the records in a log.
 *
 * Only whole lines count. Nothing inside a line is taken for a line, whatever a sender wrote there.
 *
 * @param text the JSON that `aws logs filter-log-events` prints, or the function's own lines
 */
export function readRecoveryLog(text: string): RecoveredLog {
  const records: RecoveryRecord[] = [];
  const unreadable: string[] = [];
  for (const { position, line } of readLogEvents(text) ?? readLines(text)) {
    const content = parseLine(line);
    const record = content === undefined ? "malformed" : toRecord(content);
    if (record === "malformed") unreadable.push(position);
    else if (record) records.push(record);
  }
  return { records, unreadable };
}

/**
 * Creates the event of a request that was never authenticated, as if unsigned callbacks were accepted.
 *
 * @returns `undefined` if the endpoint would have refused the request, or made no event of it
 */
export function createUnverifiedEvent({ request }: { readonly request: LoggedRequest }, forwarding: Forwarding) {
  const { receivedAt, body, authenticated: _no, ...parameters } = request;
  const { sdkAppId, callbackCommand } = parameters;
  if (!sdkAppId) return undefined;
  const accepted = acceptUnsigned({ parameters, body: Buffer.from(body) });
  try {
    const callback = readCallback(accepted, maxBodyBytes(callbackCommand, forwarding));
    const origin = { id: randomUUID(), account: "", region: "", receivedAt: Date.parse(receivedAt) };
    return createEvent(accepted, callback, { sdkAppId, includeClientIp: false, forwarding }, origin);
  } catch {
    return undefined;
  }
}

interface PositionedLine {
  readonly position: string;
  readonly line: string;
}

function* readLines(text: string): Generator<PositionedLine> {
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") yield { position: `line ${index + 1}`, line };
  }
}

/** One element of the `events` that `filter-log-events` prints. */
interface LogEvent {
  readonly eventId?: string;
  readonly logStreamName?: string;
  readonly message?: string;
}

/** @returns `undefined` if the text is not the JSON that `filter-log-events` prints */
function readLogEvents(text: string): PositionedLine[] | undefined {
  let events: unknown;
  try {
    ({ events } = JSON.parse(text) as { events?: unknown });
  } catch {
    return undefined;
  }
  return Array.isArray(events) ? joinPieces(events as readonly LogEvent[]) : undefined;
}

/**
 * Joins lines that Lambda cut into several log events, which may happen to a line of more than 64 KiB: what follows a
 * beginning in the same stream, and is not a line of its own, belongs to it.
 */
function joinPieces(events: readonly LogEvent[]): PositionedLine[] {
  const lines: { readonly position: string; readonly pieces: string[] }[] = [];
  const cutLines = new Map<string, string[]>();
  for (const [index, { eventId, logStreamName = "", message = "" }] of events.entries()) {
    const isBeginning = message.startsWith(LINE_START);
    const isWhole = parseLine(message) !== undefined;
    const cutLine = cutLines.get(logStreamName);
    if (cutLine && !isBeginning && !isWhole) {
      cutLine.push(message);
      continue;
    }
    const pieces = [message];
    lines.push({ position: eventId ?? `event ${index + 1}`, pieces });
    if (isBeginning && isWhole) cutLines.delete(logStreamName);
    else if (isBeginning) cutLines.set(logStreamName, pieces);
  }
  return lines.map(({ position, pieces }) => ({ position, line: pieces.join("") }));
}

/** How Lambda's own lines begin (https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html). */
const PLATFORM_LINE_START = '{"time":';

/** @returns `undefined` for what is not a whole line of the function's log */
function parseLine(line: string): JsonObject | undefined {
  // Nothing that a sender writes begins like the function's own lines, wherever a line was cut.
  if (!line.startsWith(LINE_START) && !line.startsWith(PLATFORM_LINE_START)) return undefined;
  try {
    return parseJsonObject(line, DEEPEST_ENVELOPE);
  } catch {
    return undefined;
  }
}

/** @returns `undefined` for a line that is not a record */
function toRecord({ timestamp, level, message, ...fields }: JsonObject): RecoveryRecord | "malformed" | undefined {
  // Lambda's own lines have a `time` instead.
  if (timestamp === undefined || level !== "ERROR") return undefined;
  const kinds = Object.keys(MESSAGES) as (keyof RecordFields)[];
  const kind = kinds.find((name) => MESSAGES[name] === message);
  return kind && (READERS[kind](fields) ?? "malformed");
}

const READERS: { readonly [Kind in keyof RecordFields]: (fields: JsonObject) => RecoveryRecord | undefined } = {
  event: ({ event }) => (isChatEvent(event) ? { kind: "event", event } : undefined),
  request: ({ request }) => (isLoggedRequest(request) ? { kind: "request", request } : undefined),
};

function isLoggedRequest(value: unknown): value is LoggedRequest {
  const { authenticated, receivedAt, body } = (value ?? {}) as Partial<LoggedRequest>;
  const isTime = typeof receivedAt === "string" && !Number.isNaN(Date.parse(receivedAt));
  return authenticated === false && isTime && typeof body === "string";
}
