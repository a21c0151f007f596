import type { ForwardedEvent, ReadEvent } from "../../events/chat-event.ts";
import { createEvent } from "../../events/create-event.ts";
import { maxBodyBytes, parseForwarding } from "../../events/forwarding.ts";
import { acceptUnsigned } from "../../tencent/authenticate.ts";
import { readCallback } from "../../tencent/callback.ts";
import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { decodeRequest } from "../../tencent/request.ts";
import { type Query, READ_REPORT, REQUEST_TIME, signedQuery } from "./callbacks.ts";

const RECEIPT = {
  id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
  account: "123456789012",
  region: "ap-southeast-1",
  receivedAt: REQUEST_TIME * 1000,
};

/** The event of a read report, made as the function makes it. */
export function exampleEvent(changes: object = {}): ReadEvent {
  return makeEvent(READ_REPORT_COMMAND, JSON.stringify({ ...READ_REPORT, ...changes })) as ReadEvent;
}

/**
 * The event of a forwarded callback, made as the function makes it.
 *
 * @param body the body's text
 */
export function forwardedEvent(command: string, body: string, query: Query = {}): ForwardedEvent {
  return makeEvent(command, body, query) as ForwardedEvent;
}

function makeEvent(command: string, body: string, query: Query = {}) {
  const rawQueryString = signedQuery(REQUEST_TIME, { CallbackCommand: command, ...query });
  const request = acceptUnsigned(decodeRequest({ rawQueryString, body, isBase64Encoded: false }));
  const forwarding = parseForwarding(command);
  const settings = { sdkAppId: request.parameters.sdkAppId ?? "", includeClientIp: true, forwarding };
  const event = createEvent(
    request,
    readCallback(request, maxBodyBytes(request.parameters.callbackCommand, forwarding)),
    settings,
    RECEIPT,
  );
  if (event === undefined) throw new Error(`${command} becomes no event`);
  return event;
}
