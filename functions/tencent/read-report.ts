import * as v from "valibot";
import { READ_REPORT_COMMAND } from "./commands.ts";
import { type JsonObject, toWholeNumber } from "./json.ts";
import { Refusal } from "./refusal.ts";

const account = v.pipe(v.string("expected a string"), v.nonEmpty("expected a UserID, which is never empty"));

/** Numbers may come as digit strings (other commands show `EventTime` so), and leave as numbers. */
function wholeNumber(unit: string) {
  const message = `expected a whole number${unit}, at least 0 and below 2^53`;
  return v.pipe(
    v.unknown(),
    v.transform((value) =>
      typeof value === "string" && /^[0-9]+$/.test(value) ? Number(value) : toWholeNumber(value),
    ),
    v.number(message),
    v.safeInteger(message),
    v.minValue(0, message),
  );
}

/** The fields of a read report that Tencent documents; unknown further ones are kept, not validated. */
const readReportSchema = v.object({
  Report_Account: account,
  Peer_Account: account,
  LastReadTime: wholeNumber(" of seconds"),
  UnreadMsgNum: v.exactOptional(wholeNumber("")),
  EventTime: v.exactOptional(wholeNumber(" of milliseconds")),
});

/** A read report's body, under Tencent's names, fields that Tencent may add included. */
export interface ReadReport extends v.InferOutput<typeof readReportSchema> {
  readonly CallbackCommand: typeof READ_REPORT_COMMAND;
  readonly [unknownField: string]: unknown;
}

/**
 * Validates the body of a read report.
 *
 * @param body the parsed body; its `CallbackCommand`, if it has one, was compared with the query's already
 * @returns the body with numbers as numbers and `CallbackCommand` filled in; unknown fields as they came
 * @throws {Refusal} `read-report-invalid`, naming the first wrong field and what was expected
 */
export function readReadReport(body: JsonObject): ReadReport {
  const result = v.safeParse(readReportSchema, body, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const problem = issue.input === undefined ? "is missing" : `is wrong: ${issue.message}`;
    throw new Refusal("read-report-invalid", `${issue.path?.[0].key} ${problem}`);
  }
  return { CallbackCommand: READ_REPORT_COMMAND, ...body, ...result.output } as ReadReport;
}
