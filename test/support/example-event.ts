import { type ChatEvent, createReadEvent } from "../../functions/events/chat-event.ts";
import { acceptUnsigned } from "../../functions/tencent/authenticate.ts";
import { readReadReport } from "../../functions/tencent/read-report.ts";
import { readRequest } from "../../functions/tencent/request.ts";
import { READ_REPORT, REQUEST_TIME, SDK_APP_ID, signedQuery } from "./callbacks.ts";

const SETTINGS = { sdkAppId: SDK_APP_ID, includeClientIp: true };

/** The event of a read report, made as the function makes it. */
export function exampleEvent(changes: object = {}): ChatEvent {
  const request = acceptUnsigned(readRequest({ rawQueryString: signedQuery(REQUEST_TIME), isBase64Encoded: false }));
  return createReadEvent(request, readReadReport({ ...READ_REPORT, ...changes }), SETTINGS, {
    id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    account: "123456789012",
    region: "ap-southeast-1",
    receivedAt: REQUEST_TIME * 1000,
  });
}
