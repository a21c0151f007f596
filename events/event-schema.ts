import * as v from "valibot";
import { COMMAND_NAME, READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { reportFields, wholeNumber } from "../tencent/read-report.ts";
import { EVENT_SOURCE, SCHEMA_VERSION } from "./chat-event.ts";

const text = v.string("expected a string");

/** As `Date.prototype.toISOString` writes it; EventBridge omits the fraction. */
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

/** The fields of every event, from a queue, a bus or an archive. Accepts unknown fields: they may be added any time. */
export const envelope = object({
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

/** The fields that a read report's event adds to the envelope. Its numbers are numbers, whatever Tencent sent. */
export const readEvent = object({
  "detail-type": readReportCommand,
  detail: object({ data: object({ CallbackCommand: readReportCommand, ...reportFields(wholeNumber) }) }),
});

/** The fields that any other callback's event adds to the envelope. Tencent's documentation describes the rest of its body. */
export const forwardedEvent = object({
  "detail-type": v.pipe(text, v.notValue(READ_REPORT_COMMAND)),
  detail: object({
    data: v.pipe(
      v.unknown(),
      // valibot accepts a list as an object; the JSON Schema does not.
      v.check((data) => !Array.isArray(data), "expected an object"),
      object({ CallbackCommand: v.exactOptional(text) }),
    ),
  }),
});
