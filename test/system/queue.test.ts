import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import { ANSWERS } from "../support/answers.ts";
import { nowInSeconds, READ_REPORT, signedQuery, TOKEN } from "../support/callbacks.ts";
import { type LocalSystemProcess, startLocalSystemProcess, stopLocalSystemProcess } from "../support/local-system.ts";

let system: LocalSystemProcess;
let sqs: SQSClient;
const sentSignatures = new Set<string>();

beforeAll(async () => {
  system = await startLocalSystemProcess("--token", TOKEN);
  sqs = new SQSClient({
    endpoint: system.ready.sqsEndpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
});

afterAll(async () => {
  sqs.destroy();
  await stopLocalSystemProcess(system);
});

async function post(query: string, body: string | Buffer, contentType = "application/json") {
  sentSignatures.add(new URLSearchParams(query).get("Sign") ?? "");
  const response = await fetch(`${system.ready.callbackUrl}?${query}`, {
    method: "POST",
    headers: { "content-type": contentType },
    body,
  });
  return {
    status: response.status,
    contentType: response.headers.get("content-type"),
    reply: (await response.json()) as Record<string, unknown>,
  };
}

const signed = (changes = {}) => signedQuery(nowInSeconds(), changes);
const send = (changes: object) => post(signed(), JSON.stringify({ ...READ_REPORT, ...changes }));

async function receive(count = 10, queueUrl = system.ready.queueUrl): Promise<Message[]> {
  const input = { QueueUrl: queueUrl, MaxNumberOfMessages: count, MessageSystemAttributeNames: ["All" as const] };
  return (await sqs.send(new ReceiveMessageCommand(input))).Messages ?? [];
}

/** Empties a queue as a consumer does: receives, deletes, receives again. */
async function consumeAll(queueUrl = system.ready.queueUrl): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for (let messages = await receive(10, queueUrl); messages.length > 0; messages = await receive(10, queueUrl)) {
    for (const { Body = "", ReceiptHandle } of messages) {
      events.push(JSON.parse(Body) as ChatEvent);
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
  return events;
}

describe("The local system", () => {
  test("tells how to use it", () => {
    expect(system.ready).toEqual({
      type: "ready",
      callbackUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
      consoleUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
      sdkAppId: "1400000001",
      token: TOKEN,
      sqsEndpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      queueUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\/\w+\.fifo$/),
      standbyQueueUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\/\w+$/),
    });
  });

  test("turns a signed read report into an event that an SQS client receives", async () => {
    const { status, contentType, reply } = await send({ Report_Account: "first" });
    expect(status).toBe(200);
    expect(contentType).toBe("application/json");
    expect(reply).toEqual({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" });
    const [event, ...others] = await consumeAll();
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      source: "tencent.chat",
      "detail-type": "C2C.CallbackAfterMsgReport",
      detail: { metadata: { sdkAppId: "1400000001" }, data: { ...READ_REPORT, Report_Account: "first" } },
    });
  });

  test("keeps the order within a conversation", async () => {
    const times = Array.from({ length: 20 }, (_, index) => 1_700_000_000 + index);
    for (const LastReadTime of times) {
      await send({ Report_Account: "ordered", LastReadTime });
      await send({ Report_Account: "someone else", LastReadTime });
    }
    const events = await consumeAll();
    expect(events.length).toBe(2 * times.length);
    const ordered = events.filter(({ detail }) => detail.data.Report_Account === "ordered");
    expect(ordered.map(({ detail }) => detail.data.LastReadTime)).toEqual(times);
  });

  test("drops a repeat, and answers it with OK", async () => {
    const bodies = [{ EventTime: 1 }, { EventTime: "1", New: true }, { EventTime: 1 }];
    for (const body of bodies) expect((await send({ Report_Account: "again", ...body })).status).toBe(200);
    expect((await consumeAll()).length).toBe(1);
  });

  test.each([
    ["Chinese", "用户甲", "用户乙"],
    ["emoji", "😀👩‍👩‍👧", "🏴󠁧󠁢󠁷󠁬󠁳󠁿"],
    ["control characters", "a\u0000\u0001\b\u001f\u007f\u0085", "\ttab\nline\r"],
    ["characters that SQS refuses", "\ufffe\uffff", "\ud800lone\udc00"],
    ["separators and markup", `",'\\;&<>`, "a|b/c d+e%20"],
    ["500 characters", "x".repeat(500), "😀".repeat(250)],
  ])("leaves UserIDs of %s intact", async (_what, Report_Account, Peer_Account) => {
    expect((await send({ Report_Account, Peer_Account })).status).toBe(200);
    const [event] = await consumeAll();
    expect(event?.detail.data).toMatchObject({ Report_Account, Peer_Account });
  });

  test.each(["application/octet-stream", "application/json; charset=utf-8", "text/plain"])(
    "reads a body of the content type %s",
    async (contentType) => {
      const body = JSON.stringify({ ...READ_REPORT, Report_Account: `用户 ${contentType}` });
      expect((await post(signed(), body, contentType)).status).toBe(200);
      const [event] = await consumeAll();
      expect(event?.detail.data.Report_Account).toBe(`用户 ${contentType}`);
    },
  );

  test("moves a message to the dead-letter queue after it was received five times and never deleted", async () => {
    await send({ Report_Account: "undeliverable" });
    for (let count = 0; count < 5; count += 1) {
      const [message] = await receive(1);
      expect(message?.Attributes?.ApproximateReceiveCount).toBe(String(count + 1));
      const handle = { QueueUrl: system.ready.queueUrl, ReceiptHandle: message?.ReceiptHandle };
      await sqs.send(new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 0 }));
    }
    expect(await receive(1)).toEqual([]);
    const attributes = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: system.ready.queueUrl, AttributeNames: ["RedrivePolicy"] }),
    );
    const { deadLetterTargetArn } = JSON.parse(attributes.Attributes?.RedrivePolicy ?? "{}") as Record<string, string>;
    const name = deadLetterTargetArn?.split(":").at(-1) ?? "";
    const [event] = await consumeAll(system.ready.queueUrl.replace(/[^/]+$/, name));
    expect(event?.detail.data.Report_Account).toBe("undeliverable");
  });

  test("listens only on 127.0.0.1", async () => {
    for (const url of [system.ready.callbackUrl, system.ready.sqsEndpoint]) {
      await expect(fetch(url.replace("127.0.0.1", "127.0.0.2"), { method: "POST" })).rejects.toThrow("fetch failed");
    }
  });

  test("answers other requests as API Gateway does", async () => {
    const { origin } = new URL(system.ready.callbackUrl);
    for (const [method, path] of [
      ["GET", "/callback"],
      ["POST", "/"],
      ["POST", "/callback/"],
    ] as const) {
      const response = await fetch(origin + path, { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ message: "Not Found" });
    }
  });
});

describe("The endpoint, over HTTP,", () => {
  const replies: object[] = [];

  test.each(ANSWERS)("$behaviour", async ({ query, body, status, reason, resultItem, published }) => {
    const signedQueryString = query(nowInSeconds());
    const { status: actualStatus, contentType, reply } = await post(signedQueryString, body);
    replies.push(reply);
    expect(actualStatus).toBe(status);
    expect(contentType).toBe("application/json");
    const verdict = reason
      ? { ActionStatus: "FAIL", ErrorCode: 1 }
      : { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };
    expect(reply).toMatchObject(verdict);
    const fields = ["ActionStatus", "ErrorCode", "ErrorInfo", ...(resultItem ? ["ResultItem"] : [])];
    expect(Object.keys(reply)).toEqual(fields);
    if (resultItem) expect(reply["ResultItem"]).toEqual(resultItem);
    expect((await consumeAll()).length).toBe(published ? 1 : 0);
    expect(await consumeAll(system.ready.standbyQueueUrl)).toEqual([]);
  });

  test("never puts the token or a Sign into a reply or the output", async () => {
    await stopLocalSystemProcess(system);
    const callbacks = system.lines.filter(({ type }) => type === "callback");
    expect(callbacks.length).toBeGreaterThanOrEqual(ANSWERS.length);
    const output = JSON.stringify([replies, system.lines]) + (await system.stderr);
    const secrets = [TOKEN, ...sentSignatures].filter((secret) => secret.length > 2);
    expect(secrets.length).toBeGreaterThan(10);
    for (const secret of secrets) expect(output).not.toContain(secret);
  });
});
