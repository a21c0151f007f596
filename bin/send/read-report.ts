import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { UsageError } from "../shared/command.ts";
import { readInteger } from "../shared/option-values.ts";

/** The options that describe a read report, with their values. */
export interface ReportOptions {
  readonly reader: string;
  readonly peer: string;
  readonly "last-read-time": string | undefined;
  readonly unread: string;
  readonly "event-time": string | undefined;
}

/** Beyond any sensible time in seconds, which it puts in the year 5138; in milliseconds, it is in 1973. */
const SECONDS_LIMIT = 100_000_000_000;
/** Below any recent time in seconds, which it puts in 2001; smaller numbers are allowed, as handy values to try. */
const RECENT_SECONDS = 1_000_000_000;

/**
 * Creates the body of the read report that the options describe.
 *
 * @param now Unix milliseconds
 * @throws {UsageError} for a number that is malformed, or looks as if it had another unit
 */
export function createReport(options: ReportOptions, now: number): Readonly<Record<string, unknown>> {
  return {
    CallbackCommand: READ_REPORT_COMMAND,
    Report_Account: options.reader,
    Peer_Account: options.peer,
    LastReadTime: readSeconds("last-read-time", options["last-read-time"] ?? String(Math.floor(now / 1000))),
    UnreadMsgNum: readInteger("unread", options.unread),
    EventTime: readMilliseconds("event-time", options["event-time"] ?? String(now)),
  };
}

function readSeconds(name: string, text: string): number {
  const value = readInteger(name, text);
  if (value < SECONDS_LIMIT) return value;
  const seconds = Math.floor(value / 1000);
  throw new UsageError(
    `--${name} is '${text}', which looks like milliseconds: expected Unix seconds, such as ${seconds}`,
  );
}

function readMilliseconds(name: string, text: string): number {
  const value = readInteger(name, text);
  if (value < RECENT_SECONDS || value >= SECONDS_LIMIT) return value;
  throw new UsageError(
    `--${name} is '${text}', which looks like seconds: expected Unix milliseconds, such as ${value * 1000}`,
  );
}
