import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import { nowInSeconds, READ_REPORT, signedQuery, TOKEN } from "../support/callbacks.ts";
import { type LocalSystemProcess, startLocalSystemProcess, stopLocalSystemProcess } from "../support/local-system.ts";

let system: LocalSystemProcess;
let sqs: SQSClient;

beforeAll(async () => {
  system = await startLocalSystemProcess("--destination", "bus", "--forward", "Group.*", "--token", TOKEN);
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  sqs = new SQSClient({ endpoint: system.ready.sqsEndpoint, region: "us-east-1", credentials });
});

afterAll(async () => {
  sqs.destroy();
  await stopLocalSystemProcess(system);
});

async function post(body: string, changes = {}): Promise<number> {
  const url = `${system.ready.callbackUrl}?${signedQuery(nowInSeconds(), changes)}`;
  return (await fetch(url, { method: "POST", body })).status;
}

/** Receives from the queue that the stack's rule delivers to; the next call does not see these messages. */
async function receive(): Promise<string[]> {
  const input = { QueueUrl: system.ready.queueUrl, MaxNumberOfMessages: 10 };
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input));
  return Messages.map(({ Body = "" }) => Body);
}

describe("The local system with a bus", () => {
  test("delivers a read report to the rule's standard queue, in the same envelope as on a FIFO queue", async () => {
    expect(system.ready.queueUrl).not.toMatch(/\.fifo$/);
    const accounts = { Report_Account: "用户 😀\u0000\uffff", Peer_Account: "\ud800" };
    const body = JSON.stringify({ ...READ_REPORT, ...accounts, Big: JSON.rawJSON("9007199254740993") });
    expect(await post(body)).toBe(200);
    const [message = ""] = await receive();
    expect(message).toContain('"Big":9007199254740993');
    const event = JSON.parse(message) as ChatEvent;
    expect(Object.keys(event).sort()).toEqual(
      ["account", "detail", "detail-type", "id", "region", "resources", "source", "time", "version"].sort(),
    );
    expect(event).toMatchObject({
      version: "0",
      source: "tencent.chat",
      "detail-type": "C2C.CallbackAfterMsgReport",
      resources: [],
      detail: {
        metadata: { schemaVersion: "1", sdkAppId: "1400000001", authentication: "token" },
        data: { ...READ_REPORT, ...accounts },
      },
    });
    expect(event.time.slice(0, -1)).toBe(event.detail.metadata.receivedAt.slice(0, event.time.length - 1));
  });

  test("delivers forwarded callbacks to the same queue, unchanged", async () => {
    const body = '{"CallbackCommand":"Group.CallbackAfterSendMsg","GroupId":"g","MsgSeq":12345678901234567890}';
    expect(await post(body, { CallbackCommand: "Group.CallbackAfterSendMsg" })).toBe(200);
    expect(await post('{"Info":{}}', { CallbackCommand: "State.StateChange" })).toBe(200);
    const messages = await receive();
    expect(messages.map((message) => (JSON.parse(message) as ChatEvent)["detail-type"])).toEqual([
      "Group.CallbackAfterSendMsg",
    ]);
    expect(messages[0]).toContain(`"data":${body}`);
  });

  test("delivers a repeat again, with the same deduplication id", async () => {
    const body = JSON.stringify({ ...READ_REPORT, Report_Account: "again" });
    expect([await post(body), await post(body)]).toEqual([200, 200]);
    const events = (await receive()).map((message) => JSON.parse(message) as ChatEvent);
    expect(events).toHaveLength(2);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
    expect(new Set(events.map(({ detail }) => detail.metadata.deduplicationId)).size).toBe(1);
  });

  test("delivers neither refused callbacks nor commands that are not forwarded", async () => {
    expect(await post(JSON.stringify(READ_REPORT), { Sign: "0".repeat(64) })).toBe(401);
    expect(await post("{}", { CallbackCommand: "C2C.CallbackAfterSendMsg" })).toBe(200);
    expect(await receive()).toEqual([]);
  });
});
