import { DEEPEST_ENVELOPE, type JsonObject, parseJsonObject } from "../tencent/json.ts";
import { LINE_START } from "./log.ts";

/** A line of a log, or what is in its place. */
export interface LogLine {
  /** `line 7`, or `log event` and its id. */
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

/**
 * Reads the lines of the functions' logs.
 *
 * Only whole lines count. Nothing inside a line is taken for a line, whatever a sender wrote there.
 *
 * @param text the JSON that `aws logs filter-log-events` prints, or the functions' own lines
 */
export function readLogLines(text: string): Iterable<LogLine> {
  return readLogEvents(text) ?? readLines(text);
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
