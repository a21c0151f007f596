import type { AuthenticatedRequest } from "../tencent/authenticate.ts";
import type { Callback } from "../tencent/callback.ts";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { type ChatEvent, type Envelope, EVENT_SOURCE, type ForwardedCommand, SCHEMA_VERSION } from "./chat-event.ts";
import type { Forwarding } from "./forwarding.ts";
import { callbackId, readReportId } from "./identity.ts";

/** Where and when a callback was received. */
export interface EventOrigin {
  /** A UUID for this one event. */
  readonly id: string;
  /** The AWS account and region that received it. */
  readonly account: string;
  readonly region: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}

/** The operator's configuration of events. */
export interface EventSettings {
  /** The app that the callbacks belong to. */
  readonly sdkAppId: string;
  /** Whether events contain the client's address. */
  readonly includeClientIp: boolean;
  /** The commands that become events in addition to the read report. */
  readonly forwarding: Forwarding;
}

/**
 * Creates the event of a callback.
 *
 * @param request the request that carried the callback
 * @returns `undefined` for a callback that becomes no event: a Verify, or a command that is not forwarded
 */
export function createEvent(
  request: AuthenticatedRequest,
  callback: Callback,
  settings: EventSettings,
  origin: EventOrigin,
): ChatEvent | undefined {
  const { sdkAppId, forwarding } = settings;
  if (callback.kind === "read-report") {
    const { report } = callback;
    return envelop(request, READ_REPORT_COMMAND, report, readReportId(sdkAppId, report), settings, origin);
  }
  if (callback.kind === "verify" || !forwarding.has(callback.command)) return undefined;
  const { data } = callback;
  // A new command of Tencent's is not in the type yet.
  const command = callback.command as ForwardedCommand;
  return envelop(request, command, data, callbackId(sdkAppId, command, data), settings, origin);
}

/** Marks an event as delayed: it waited on standby or in the log. */
export function markRepublished(event: ChatEvent): ChatEvent {
  const { detail } = event;
  return { ...event, detail: { ...detail, metadata: { ...detail.metadata, republished: true } } } as ChatEvent;
}

function envelop<Command extends string, Data>(
  { parameters, authentication }: AuthenticatedRequest,
  command: Command,
  data: Data,
  deduplicationId: string,
  { sdkAppId, includeClientIp }: EventSettings,
  { id, account, region, receivedAt }: EventOrigin,
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
