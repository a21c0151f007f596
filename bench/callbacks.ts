import { randomUUID } from "node:crypto";
import { createEvent } from "../events/create-event.ts";
import { NO_FORWARDING } from "../events/forwarding.ts";
import { toJson } from "../events/json.ts";
import { BATCH_SIZE } from "../functions/republish/pace.ts";
import { acceptUnsigned } from "../tencent/authenticate.ts";
import { readCallback } from "../tencent/callback.ts";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { decodeRequest } from "../tencent/request.ts";
import { signedQuery } from "../tencent/signed-query.ts";

/** The app and the token of the benchmarks. */
export const SDK_APP_ID = "1400000001";
export const TOKEN = "bench";

/**
 * The signed query of a read report.
 *
 * @param requestTime Unix seconds
 */
export function readReportQuery(requestTime: number): string {
  return query(READ_REPORT_COMMAND, requestTime);
}

function query(command: string, requestTime: number): string {
  return signedQuery({ sdkAppId: SDK_APP_ID, token: TOKEN, command, requestTime, requestId: randomUUID() });
}

let eventCount = 0;

/** A read report as API Gateway passes it (payload 2.0): signed now, and different from every earlier one. */
export function callbackEvent() {
  eventCount += 1;
  const now = Date.now();
  return apiGatewayEvent(READ_REPORT_COMMAND, now, {
    Report_Account: `reader-${eventCount % 50}`,
    Peer_Account: "peer",
    LastReadTime: Math.floor(now / 1000),
    UnreadMsgNum: eventCount % 7,
    EventTime: now - (eventCount % 1000),
  });
}

/** A before-callback as API Gateway passes it: signed now, about a message of ten words. */
export function messageEvent() {
  const now = Date.now();
  return apiGatewayEvent("C2C.CallbackBeforeSendMsg", now, {
    From_Account: "alice",
    To_Account: "bob",
    MsgSeq: 48_374,
    MsgRandom: 2_837_546,
    MsgTime: Math.floor(now / 1000),
    MsgKey: "48374_2837546_1790000000",
    OnlineOnlyFlag: 1,
    MsgBody: [
      { MsgType: "TIMTextElem", MsgContent: { Text: "Shall we meet at the station or at your place tonight?" } },
    ],
    CloudCustomData: "your cloud custom data",
  });
}

function apiGatewayEvent(command: string, now: number, fields: object) {
  const rawQueryString = query(command, Math.floor(now / 1000));
  const domainName = "abcdefghij.execute-api.us-east-1.amazonaws.com";
  return {
    version: "2.0",
    routeKey: "POST /callback",
    rawPath: "/callback",
    rawQueryString,
    headers: {
      "content-length": "180",
      "content-type": "application/json",
      host: domainName,
      "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000",
      "x-forwarded-for": "203.0.113.1",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    },
    queryStringParameters: Object.fromEntries(new URLSearchParams(rawQueryString)),
    requestContext: {
      accountId: "000000000000",
      apiId: "abcdefghij",
      domainName,
      domainPrefix: "abcdefghij",
      http: { method: "POST", path: "/callback", protocol: "HTTP/1.1", sourceIp: "203.0.113.1", userAgent: "" },
      requestId: "AbCdEfGhIjKlMnO=",
      routeKey: "POST /callback",
      stage: "$default",
      time: "01/Jan/2026:00:00:00 +0000",
      timeEpoch: now,
    },
    body: JSON.stringify({ CallbackCommand: command, ...fields }),
    isBase64Encoded: false,
  };
}

/** A full batch of read events as Lambda passes it to the republish function: different from every earlier one. */
export function standbyBatch(): object {
  return { Records: Array.from({ length: BATCH_SIZE }, standbyRecord) };
}

function standbyRecord(): object {
  const { requestContext, ...invocation } = callbackEvent();
  const request = acceptUnsigned(decodeRequest(invocation));
  const settings = { sdkAppId: SDK_APP_ID, includeClientIp: true, forwarding: NO_FORWARDING };
  const { accountId: account, timeEpoch: receivedAt } = requestContext;
  const event = createEvent(request, readCallback(request, Number.POSITIVE_INFINITY), settings, {
    ...{ id: randomUUID(), account, region: "us-east-1", receivedAt },
  });
  return {
    messageId: randomUUID(),
    // As long as SQS's.
    receiptHandle: "r".repeat(412),
    body: toJson(event ?? {}),
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: String(receivedAt),
      SenderId: "AROAEXAMPLE:bench",
      ApproximateFirstReceiveTimestamp: String(receivedAt),
    },
    messageAttributes: {},
    md5OfBody: "0".repeat(32),
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:us-east-1:${account}:standby`,
    awsRegion: "us-east-1",
  };
}
