import { randomUUID } from "node:crypto";
import type { ChatEvent } from "../events/chat-event.ts";
import { createEvent } from "../events/create-event.ts";
import { type Forwarding, maxBodyBytes } from "../events/forwarding.ts";
import { isChatEvent } from "../events/is-chat-event.ts";
import { acceptUnsigned } from "../tencent/authenticate.ts";
import { checkSdkAppId, readCallback } from "../tencent/callback.ts";
import { DEEPEST_ENVELOPE, type JsonObject, parseJsonObject } from "../tencent/json.ts";
import { Refusal } from "../tencent/refusal.ts";
import type { CallbackParameters, CallbackRequest } from "../tencent/request.ts";
import { explain, LINE_START, log } from "./log.ts";
import { hasDoubled, MinuteSum } from "./minute-sum.ts";

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

/** The event of a request that was never authenticated, or why there is none. */
export type UnverifiedEvent =
  | { readonly event: ChatEvent }
  | {
      readonly event: undefined;
      readonly reason: string;
      /** The argument that rules the event out; `undefined` if no value of either would allow it. */
      readonly ruledOutBy: "sdkAppId" | "forwarding" | undefined;
    };

// Anyone can send requests, and the log costs money: an environment logs no more of them a minute.
export const MAX_REQUESTS_PER_MINUTE = 300;
/** Of their bodies. JSON writes a byte as six at most. */
export const MAX_REQUEST_BYTES_PER_MINUTE = 4 * 1024 * 1024;

/** Writes what could be stored nowhere else. */
export class RecoveryLog {
  readonly #requests = new MinuteSum();
  readonly #bytes = new MinuteSum();
  readonly #dropped = new MinuteSum();

  /** Logs the event of a genuine callback, whole. */
  event(event: ChatEvent, error: unknown): void {
    write("event", { error: explain(error), event });
  }

  /**
   * Logs a request that was never authenticated, within {@link MAX_REQUESTS_PER_MINUTE} and
   * {@link MAX_REQUEST_BYTES_PER_MINUTE}.
   *
   * @param receivedAt Unix milliseconds
   */
  request({ parameters, body }: CallbackRequest, receivedAt: number, error: unknown): void {
    const count = this.#requests.add(1, receivedAt);
    const bytes = this.#bytes.add(body.byteLength, receivedAt);
    if (count > MAX_REQUESTS_PER_MINUTE || bytes > MAX_REQUEST_BYTES_PER_MINUTE) {
      const dropped = this.#dropped.add(1, receivedAt);
      if (hasDoubled(dropped)) log("WARN", "too many requests to log all of them", { dropped });
      return;
    }
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
  /** The records with their positions: `line 7`, or `log event` and its id. */
  readonly records: readonly (RecoveryRecord & { readonly position: string })[];
  /** The positions of the function's lines that are not whole. */
  readonly cut: readonly string[];
  /** The positions of what is no line of the function's log, or no valid record. */
  readonly foreign: readonly string[];
}

/**
 * Reads the records in a log.
 *
 * Only whole lines count. Nothing inside a line is taken for a line, whatever a sender wrote there.
 *
 * @param text the JSON that `aws logs filter-log-events` prints, or the function's own lines
 */
export function readRecoveryLog(text: string): RecoveredLog {
  const records: (RecoveryRecord & { position: string })[] = [];
  const cut: string[] = [];
  const foreign: string[] = [];
  for (const { position, content, isCut } of readLogEvents(text) ?? readLines(text)) {
    const record = content === undefined ? "malformed" : toRecord(content);
    if (isCut) cut.push(position);
    else if (record === "malformed") foreign.push(position);
    else if (record) records.push({ ...record, position });
  }
  return { records, cut, foreign };
}

/** So that a large callback of a command outside the list counts as not forwarded, rather than as too large. */
const ANY_COMMAND: Forwarding = { has: () => true };

/**
 * Creates the event of a request that was never authenticated, as if unsigned callbacks were accepted.
 *
 * @param sdkAppId the app whose callbacks the endpoint accepts
 * @returns no event but the reason if the endpoint would have refused the request, or would have created no event
 */
export function createUnverifiedEvent(
  { request }: { readonly request: LoggedRequest },
  sdkAppId: string,
  forwarding: Forwarding,
): UnverifiedEvent {
  const { receivedAt, body, authenticated: _no, ...parameters } = request;
  const accepted = acceptUnsigned({ parameters, body: Buffer.from(body) });
  try {
    checkSdkAppId(accepted, sdkAppId);
    const callback = readCallback(accepted, maxBodyBytes(parameters.callbackCommand, ANY_COMMAND));
    const origin = { id: randomUUID(), account: "", region: "", receivedAt: Date.parse(receivedAt) };
    const event = createEvent(accepted, callback, { sdkAppId, includeClientIp: false, forwarding }, origin);
    if (event) return { event };
    if (callback.kind !== "other") return { event, reason: "a Verify has no event", ruledOutBy: undefined };
    return { event, reason: `${callback.command} is not forwarded`, ruledOutBy: "forwarding" };
  } catch (error) {
    const isOtherApp = error instanceof Refusal && error.reason === "sdk-app-id-mismatch";
    return { event: undefined, reason: explain(error), ruledOutBy: isOtherApp ? "sdkAppId" : undefined };
  }
}

interface LogLine {
  readonly position: string;
  /** `undefined` for anything but a whole line of the function's log. */
  readonly content: JsonObject | undefined;
  /** Whether it begins as a line of the function's log, but does not end as one. */
  readonly isCut: boolean;
}

function toLogLine(position: string, text: string): LogLine {
  const content = parseLine(text);
  return { position, content, isCut: content === undefined && text.startsWith(LINE_START) };
}

function* readLines(text: string): Generator<LogLine> {
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") yield toLogLine(`line ${index + 1}`, line);
  }
}

/** One element of the `events` that `filter-log-events` prints. */
interface LogEvent {
  readonly eventId?: string;
  readonly logStreamName?: string;
  readonly message?: string;
}

/** @returns `undefined` if the text is not the JSON that `filter-log-events` prints */
function readLogEvents(text: string): LogLine[] | undefined {
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
function joinPieces(events: readonly LogEvent[]): LogLine[] {
  const lines: { readonly position: string; readonly pieces: string[] }[] = [];
  const cutLines = new Map<string, string[]>();
  for (const [index, { eventId, logStreamName = "", message = "" }] of events.entries()) {
    const isBeginning = message.startsWith(LINE_START);
    const content = parseLine(message);
    const cutLine = cutLines.get(logStreamName);
    if (cutLine && !isBeginning && content === undefined) {
      cutLine.push(message);
      continue;
    }
    const pieces = [message];
    lines.push({ position: `log event ${eventId ?? index + 1}`, pieces });
    if (isBeginning && content) cutLines.delete(logStreamName);
    else if (isBeginning) cutLines.set(logStreamName, pieces);
  }
  return lines.map(({ position, pieces }) => toLogLine(position, pieces.join("")));
}

/** How Lambda's own lines begin (https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html). */
const PLATFORM_LINE_START = '{"time":';

/** A line of Lambda's own. */
const PLATFORM_LINE: JsonObject = {};

/** @returns `undefined` for anything but a whole line of the function's log */
function parseLine(line: string): JsonObject | undefined {
  const isOwn = line.startsWith(LINE_START);
  if (!isOwn && !line.startsWith(PLATFORM_LINE_START)) return undefined;
  try {
    const content = parseJsonObject(line, DEEPEST_ENVELOPE);
    // A sender can write an object that begins like a platform line, but none that begins like the function's own.
    return isOwn ? content : PLATFORM_LINE;
  } catch {
    return undefined;
  }
}

/** @returns `undefined` for a line that is not a record */
function toRecord({ level, message, ...fields }: JsonObject): RecoveryRecord | "malformed" | undefined {
  if (level !== "ERROR") return undefined;
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
