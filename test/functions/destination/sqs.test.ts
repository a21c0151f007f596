import { hash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { messageGroupId } from "../../../events/identity.ts";
import { toJson } from "../../../events/json.ts";
import { JsonClient, SQS } from "../../../functions/aws/json-client.ts";
import { SqsPublisher } from "../../../functions/destination/sqs.ts";
import { type Call, type FaultyEndpoint, startFaultyEndpoint } from "../../../local/faulty-endpoint.ts";
import { exampleEvent } from "../../support/example-event.ts";

let endpoint: FaultyEndpoint;

beforeAll(async () => {
  endpoint = await startFaultyEndpoint("http://127.0.0.1:1");
});
afterAll(() => endpoint.close());
beforeEach(() => {
  endpoint.calls.length = 0;
});
afterEach(() => vi.restoreAllMocks());

function publisherFor(queueUrl: string, isFair = true): SqsPublisher {
  const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
  return new SqsPublisher(new JsonClient(SQS, new URL(endpoint.url), "us-east-1", credentials), queueUrl, isFair);
}

const md5 = (digest: string) => ({ status: 200, body: JSON.stringify({ MD5OfMessageBody: digest }) });
const confirm = ({ input }: Call) => md5(hash("md5", String(input["MessageBody"])));

/** `md5sum` of the message "hello". */
const HELLO = "5d41402abc4b2a76b9719d911017c592";

describe("A message for SQS", () => {
  test.each([
    ["a group and a deduplication id to a FIFO queue", "https://sqs/1/q.fifo", true, ["GROUP", "ID"]],
    ["both to a FIFO queue without fairQueue, as well", "https://sqs/1/q.fifo", false, ["GROUP", "ID"]],
    ["only a group to a standard queue", "https://sqs/1/q", true, ["GROUP", undefined]],
    ["neither to a standard queue without fairQueue", "https://sqs/1/q", false, [undefined, undefined]],
  ])("carries %s", async (_what, queueUrl, isFair, [group, id]) => {
    endpoint.fail = confirm;
    const event = exampleEvent();
    await publisherFor(queueUrl, isFair).publish(event, performance.now() + 10_000);
    expect(endpoint.calls[0]?.input).toEqual({
      QueueUrl: queueUrl,
      MessageBody: toJson(event),
      ...(group && { MessageGroupId: messageGroupId(event) }),
      ...(id && { MessageDeduplicationId: event.detail.metadata.deduplicationId }),
    });
  });

  test("carries neither if it is not an event", async () => {
    endpoint.fail = confirm;
    await publisherFor("https://sqs/1/q").send("hello", performance.now() + 10_000);
    expect(endpoint.calls[0]?.input).toEqual({ QueueUrl: "https://sqs/1/q", MessageBody: "hello" });
  });

  test("counts as sent if SQS confirms its MD5", async () => {
    endpoint.fail = () => md5(HELLO);
    await publisherFor("https://sqs/1/q").send("hello", performance.now() + 10_000);
    expect(endpoint.calls.length).toBe(1);
  });

  test("is sent again if SQS returns another MD5", async () => {
    const responses = [md5(HELLO.toUpperCase()), md5(HELLO)];
    endpoint.fail = () => responses.shift();
    await publisherFor("https://sqs/1/q").send("hello", performance.now() + 10_000);
    expect(endpoint.calls.length).toBe(2);
  });

  test("fails if SQS never confirms its MD5", async () => {
    // The pause before a retry would pass the deadline, so the first failure is final.
    vi.spyOn(Math, "random").mockReturnValue(1_000);
    endpoint.fail = () => ({ status: 200, body: "{}" });
    const sending = publisherFor("https://sqs/1/q").send("hello", performance.now() + 10_000);
    await expect(sending).rejects.toThrow("InvalidResponse: SendMessage: MD5OfMessageBody does not match");
  });
});

describe("A message received from SQS", () => {
  test("is hidden for some seconds, and stays on its queue", async () => {
    endpoint.fail = () => ({ status: 200, body: "" });
    await publisherFor("https://sqs/1/q").hide("handle", 30, performance.now() + 10_000);
    expect(endpoint.calls).toMatchObject([
      {
        operation: "ChangeMessageVisibility",
        input: { QueueUrl: "https://sqs/1/q", ReceiptHandle: "handle", VisibilityTimeout: 30 },
      },
    ]);
  });
});
