import * as v from "valibot";
import { EVENT_SOURCE, SCHEMA_VERSION } from "../functions/events/chat-event.ts";
import { READ_REPORT_COMMAND } from "../functions/tencent/commands.ts";
import { reportFields, wholeNumber } from "../functions/tencent/read-report.ts";

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

/**
 * An event as consumers get it, from a queue, a bus or an archive. Fields that it does not know are let through: they may
 * be added at any time.
 */
export const eventSchema = v.looseObject(
  {
    version: v.literal("0", 'expected "0"'),
    id: v.pipe(text, v.nonEmpty("expected a UUID")),
    source: v.literal(EVENT_SOURCE, `expected ${EVENT_SOURCE}`),
    "detail-type": v.literal(READ_REPORT_COMMAND, `expected ${READ_REPORT_COMMAND}`),
    account: text,
    region: text,
    resources: v.array(text, "expected a list"),
    time,
    detail: v.looseObject(
      {
        metadata,
        data: v.looseObject(
          {
            CallbackCommand: v.literal(READ_REPORT_COMMAND, `expected ${READ_REPORT_COMMAND}`),
            // In events numbers are numbers, whatever Tencent sent.
            ...reportFields(wholeNumber),
          },
          "expected an object",
        ),
      },
      "expected an object",
    ),
  },
  "expected an object",
);
