import type { AuthenticatedRequest } from "../tencent/authenticate.ts";
import type { Callback } from "../tencent/callback.ts";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { type ChatEvent, type Envelope, EVENT_SOURCE, SCHEMA_VERSION } from "./chat-event.ts";
import type { Forwarding } from "./forwarding.ts";
import { callbackId, readReportId } from "./identity.ts";

/** Where and when a callback was received. */
export interface Receipt {
  /** UUID for this one event. */
  readonly id: string;
  /** AWS account and region that received it. */
  readonly account: string;
  readonly region: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}

/** What the operator says about events. */
export interface EventSettings {
  /** The app whose callbacks they are. */
  readonly sdkAppId: string;
  /** Whether they hold the client's address. */
  readonly includeClientIp: boolean;
  /** What becomes an event beside the read report. */
  readonly forwarding: Forwarding;
}

/**
 * Makes the event of a callback.
 *
 * @param request the request that carried the callback
 * @param callback the callback
 * @param settings what the operator wants
 * @param receipt where and when it was received
 * @returns `undefined` for what becomes no event: a Verify, and commands that are not forwarded
 */
export function createEvent(
  request: AuthenticatedRequest,
  callback: Callback,
  settings: EventSettings,
  receipt: Receipt,
): ChatEvent | undefined {
  const { sdkAppId, forwarding } = settings;
  if (callback.kind === "read-report") {
    const { report } = callback;
    return envelop(request, READ_REPORT_COMMAND, report, readReportId(sdkAppId, report), settings, receipt);
  }
  if (callback.kind === "verify" || !forwarding.has(callback.command)) return undefined;
  const { command, data } = callback;
  return envelop(request, command, data, callbackId(sdkAppId, command, data), settings, receipt);
}

function envelop<Command extends string, Data>(
  { parameters, authentication }: AuthenticatedRequest,
  command: Command,
  data: Data,
  deduplicationId: string,
  { sdkAppId, includeClientIp }: EventSettings,
  { id, account, region, receivedAt }: Receipt,
): Envelope<Command, Data> {
  const receivedAtText = new Date(receivedAt).toISOString();
  return {
    version: "0",
    id,
    source: EVENT_SOURCE,
    "detail-type": command,
    account,
    region,
    resources: [],
    time: `${receivedAtText.slice(0, "YYYY-MM-DDTHH:MM:SS".length)}Z`,
    detail: {
      metadata: {
        schemaVersion: SCHEMA_VERSION,
        deduplicationId,
        sdkAppId,
        requestId: parameters.requestId || undefined,
        optPlatform: parameters.optPlatform || undefined,
        clientIp: (includeClientIp && parameters.clientIp) || undefined,
        authentication,
        receivedAt: receivedAtText,
      },
      data,
    },
  };
}
