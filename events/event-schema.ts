import * as v from "valibot";
import { COMMAND_NAME, READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { reportFields, wholeNumber } from "../tencent/read-report.ts";
import { EVENT_SOURCE, SCHEMA_VERSION } from "./chat-event.ts";

const text = v.string("expected a string");

/** As `Date.prototype.toISOString` writes it; EventBridge leaves out the fraction. */
const time = v.pipe(text, v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/, "expected an ISO 8601 time in UTC"));

const metadata = v.looseObject(
  {
    schemaVersion: v.literal(SCHEMA_VERSION, `expected "${SCHEMA_VERSION}", the version that this release knows`),
    deduplicationId: v.pipe(text, v.regex(/^[0-9a-f]{64}$/, "expected 64 hex digits")),
    sdkAppId: v.pipe(text, v.nonEmpty("expected an SDKAppID")),
    requestId: v.exactOptional(text),
    optPlatform: v.exactOptional(text),
    clientIp: v.exactOptional(text),
    authentication: v.picklist(["token", "none"], "expected token or none"),
    receivedAt: time,
    republished: v.exactOptional(v.literal(true, "expected true")),
  },
  "expected an object",
);

const object = <Entries extends v.ObjectEntries>(entries: Entries) => v.looseObject(entries, "expected an object");

/**
 * What every event has, as consumers get it, from a queue, a bus or an archive. Fields that it does not know are let
 * through: they may be added at any time.
 */
export const envelopeSchema = object({
  version: v.literal("0", 'expected "0"'),
  id: v.pipe(text, v.nonEmpty("expected a UUID")),
  source: v.literal(EVENT_SOURCE, `expected ${EVENT_SOURCE}`),
  "detail-type": v.pipe(text, v.regex(COMMAND_NAME, `expected a command of Tencent's, such as ${READ_REPORT_COMMAND}`)),
  account: text,
  region: text,
  resources: v.array(text, "expected a list"),
  time,
  detail: object({ metadata, data: object({}) }),
});

const readReportCommand = v.literal(READ_REPORT_COMMAND, `expected ${READ_REPORT_COMMAND}`);

/** What a read report's event has beside. In events numbers are numbers, whatever Tencent sent. */
export const readEventSchema = object({
  "detail-type": readReportCommand,
  detail: object({ data: object({ CallbackCommand: readReportCommand, ...reportFields(wholeNumber) }) }),
});

/** What any other callback's event has beside: what else is in its body, Tencent's documentation says. */
export const forwardedEventSchema = object({
  "detail-type": v.pipe(text, v.notValue(READ_REPORT_COMMAND)),
  detail: object({
    data: v.pipe(
      v.unknown(),
      // To valibot a list is an object, too; to the JSON Schema it is none.
      v.check((data) => !Array.isArray(data), "expected an object"),
      object({ CallbackCommand: v.exactOptional(text) }),
    ),
  }),
});
