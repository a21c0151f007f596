import { Journal, type JournalLimits } from "../../bin/console/journal.ts";
import type { EndpointSettings } from "../../bin/console/judge-again.ts";
import { CallbackJudge } from "../../functions/judge-callback.ts";
import type { ReceivedRequest } from "../../local/http-api.ts";
import type { QueueRole } from "../../local/queue-roles.ts";
import { SecretVersions } from "../../local/secret-versions.ts";
import { nowInSeconds, READ_REPORT, SDK_APP_ID, signedQuery, TOKEN } from "./callbacks.ts";
import { ENVIRONMENT, REQUEST_CONTEXT, TOKEN_STORE } from "./judging.ts";

/** The names of the system's queues. */
export const QUEUES: Record<QueueRole, string> = {
  destination: "events.fifo",
  "dead-letters": "events-dlq.fifo",
  "bus-dead-letters": "bus-dlq",
  standby: "standby",
  "standby-dead-letters": "standby-dlq",
};

/** The bodies of the replies that accept and refuse a callback. */
export const OK_BODY = '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}';
export const failBody = (words: string) => JSON.stringify({ ActionStatus: "FAIL", ErrorCode: 1, ErrorInfo: words });

/** Creates the journal of a system that never runs: the test tells it what happens. */
export function createJournal(limits?: Partial<JournalLimits>, settings: Partial<EndpointSettings> = {}): Journal {
  const journal = new Journal({ sdkAppId: SDK_APP_ID, forward: [], ...settings }, limits);
  journal.attach({
    parts: { destination: "fifo", eventBusName: undefined, queues: QUEUES },
    token: new SecretVersions(TOKEN),
  });
  return journal;
}

let requests = 0;

/** A request with a read report that differs from all others. */
export function newRequest(changes: Partial<ReceivedRequest> = {}, reader = `reader${requests}`): ReceivedRequest {
  requests += 1;
  return {
    id: `request-${requests}`,
    method: "POST",
    path: "/callback",
    rawQueryString: signedQuery(nowInSeconds(), { RequestId: `tencent-${requests}` }),
    body: Buffer.from(JSON.stringify({ ...READ_REPORT, Report_Account: reader })),
    receivedAt: Date.now(),
    ...changes,
  };
}

/** The message with a request's event, as the function creates it. */
export async function eventOf({ rawQueryString, body, receivedAt }: ReceivedRequest) {
  const judge = new CallbackJudge({ environment: ENVIRONMENT, tokenStore: TOKEN_STORE });
  const invocation = { rawQueryString, body: body.toString(), isBase64Encoded: false, requestContext: REQUEST_CONTEXT };
  const judgement = await judge.judge(invocation, { unixTime: receivedAt + 1, monotonicTime: 0 }, Infinity);
  if (judgement.verdict !== "accepted" || judgement.event === undefined) throw new Error("The request has no event");
  return judgement.event;
}
