import * as v from "valibot";
import { READ_REPORT_COMMAND } from "./commands.ts";
import { type JsonObject, toWholeNumber } from "./json.ts";
import { Refusal } from "./refusal.ts";

/** A read report's body under Tencent's names (https://www.tencentcloud.com/document/product/1047/43465). */
export interface ReadReport {
  readonly CallbackCommand: typeof READ_REPORT_COMMAND;
  /** The UserID of the reader. */
  readonly Report_Account: string;
  /** The UserID of the other party, whose messages were read. */
  readonly Peer_Account: string;
  /** Unix seconds: every message in this conversation up to then is read. */
  readonly LastReadTime: number;
  /** The reader's unread one-to-one messages over all conversations. */
  readonly UnreadMsgNum?: number;
  /** When the conversation was marked as read, in Unix milliseconds. */
  readonly EventTime?: number;
  /** Fields that Tencent may add, as received. */
  readonly [unknownField: string]: unknown;
}

const account = v.pipe(v.string("expected a string"), v.nonEmpty("expected a UserID, which is never empty"));

/**
 * The schema of a whole number that a double can hold.
 *
 * @param unit the unit, for the message: ` of seconds`
 */
export function wholeNumber(unit: string) {
  const message = `expected a whole number${unit}, at least 0 and below 2^53`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(0, message),
    v.maxValue(Number.MAX_SAFE_INTEGER, message),
  );
}

/** As Tencent sends it: a number may be a digit string, as `EventTime` is in other commands. */
function sentWholeNumber(unit: string) {
  return v.pipe(
    v.unknown(),
    v.transform((value) =>
      typeof value === "string" && /^[0-9]+$/.test(value) ? Number(value) : toWholeNumber(value),
    ),
    wholeNumber(unit),
  );
}

/**
 * The fields that Tencent documents. Unknown fields are kept without validation.
 *
 * @param number creates the schema of a whole number in a unit
 */
export function reportFields<Schema extends v.GenericSchema<unknown, number>>(number: (unit: string) => Schema) {
  return {
    Report_Account: account,
    Peer_Account: account,
    LastReadTime: number(" of seconds"),
    UnreadMsgNum: v.exactOptional(number("")),
    EventTime: v.exactOptional(number(" of milliseconds")),
  };
}

const readReportSchema = v.object(reportFields(sentWholeNumber));

/**
 * Validates the body of a read report.
 *
 * @param body the parsed body; the caller has compared its `CallbackCommand` with the query's
 * @returns the body with numbers as numbers and `CallbackCommand` filled in; unknown fields as received
 * @throws {Refusal} `read-report-invalid`, naming the first wrong field and what was expected
 */
export function readReadReport(body: JsonObject): ReadReport {
  const result = v.safeParse(readReportSchema, body, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const problem = issue.input === undefined ? "is missing" : `is wrong: ${issue.message}`;
    throw new Refusal("read-report-invalid", `${issue.path?.[0].key} ${problem}`);
  }
  return { CallbackCommand: READ_REPORT_COMMAND, ...body, ...result.output };
}
