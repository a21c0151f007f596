import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ListMessageMoveTasksCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { QueueObserver } from "../../local/queue-observer.ts";
import { type LocalQueues, queueReference, startQueues } from "../../local/queues.ts";

const MAX_RECEIVE_COUNT = 2;
const VISIBILITY_TIMEOUT = 30;

let queues: LocalQueues;
let client: SQSClient;
let notices: (readonly [keyof QueueObserver, object])[];

beforeEach(async () => {
  // Only the date: requests take real time.
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  notices = [];
  queues = await startQueues({
    sent: (message) => notices.push(["sent", message]),
    received: (message) => notices.push(["received", message]),
    deleted: (message) => notices.push(["deleted", message]),
    deadLettered: (message) => notices.push(["deadLettered", message]),
    moved: (message) => notices.push(["moved", message]),
  });
  onTestFinished(() => queues.close());
  client = new SQSClient({
    endpoint: queues.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  onTestFinished(() => client.destroy());
});

const pass = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);
const arnOf = (name: string) => queueReference(queues.endpoint, name).attributes["Arn"] ?? "";
const urlOf = (name: string) => queueReference(queues.endpoint, name).ref;

/** Creates a queue with a dead-letter queue. */
async function createQueues(suffix: "" | ".fifo" = ""): Promise<readonly [queue: string, letters: string]> {
  const [queue, letters] = [`queue${suffix}`, `letters${suffix}`];
  const attributes = { VisibilityTimeout: VISIBILITY_TIMEOUT, ...(suffix && { FifoQueue: true }) };
  const RedrivePolicy = { deadLetterTargetArn: arnOf(letters), maxReceiveCount: MAX_RECEIVE_COUNT };
  await queues.create(letters, attributes);
  await queues.create(queue, { ...attributes, RedrivePolicy });
  return [queue, letters];
}

async function send(name: string, body: string, more: Partial<SendMessageCommand["input"]> = {}): Promise<string> {
  const fifo = name.endsWith(".fifo") && { MessageGroupId: "group", MessageDeduplicationId: body };
  const input = { QueueUrl: urlOf(name), MessageBody: body, ...fifo, ...more };
  const { MessageId = "" } = await client.send(new SendMessageCommand(input));
  return MessageId;
}

/** Receives messages, and makes them visible again or leaves them hidden. */
async function receive(name: string, { most = 10, show = false } = {}) {
  const QueueUrl = urlOf(name);
  const command = new ReceiveMessageCommand({
    QueueUrl,
    MaxNumberOfMessages: most,
    MessageSystemAttributeNames: ["All"],
  });
  const { Messages = [] } = await client.send(command);
  for (const { ReceiptHandle } of show ? Messages : []) {
    await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  }
  return Messages;
}

/** Makes all visible messages of a queue dead letters. */
async function makeDeadLetters(name: string): Promise<void> {
  for (let count = 0; count < MAX_RECEIVE_COUNT; count += 1) await receive(name, { show: true });
  await receive(name);
}

const startMove = (SourceArn: string, DestinationArn?: string) =>
  client.send(new StartMessageMoveTaskCommand({ SourceArn, ...(DestinationArn && { DestinationArn }) }));

const bodies = (name: string) => queues.list(name).map(({ body }) => body);

describe("Messages are listed without being received", () => {
  test("oldest first, with their state and attributes", async () => {
    const [name] = await createQueues();
    await send(name, "hidden");
    await receive(name);
    const hiddenUntil = Date.now() + VISIBILITY_TIMEOUT * 1000;
    pass(1);
    const sentAt = Date.now();
    const Reason = { DataType: "String", StringValue: "Sign does not match" };
    await send(name, "visible", { MessageAttributes: { Reason }, MessageGroupId: "alice" });
    pass(1);
    await send(name, "delayed", { DelaySeconds: 5 });

    const listed = queues.list(name);
    expect(queues.list(name)).toEqual(listed);
    expect(listed).toMatchObject([
      { body: "hidden", state: "hidden", visibleAt: hiddenUntil, receiveCount: 1 },
      { body: "visible", state: "visible", sentAt, receiveCount: 0, group: "alice" },
      { body: "delayed", state: "delayed", visibleAt: Date.now() + 5_000, receiveCount: 0 },
    ]);
    expect(listed.map(({ attributes }) => attributes)).toEqual([{}, { Reason: "Sign does not match" }, {}]);
    expect(queues.count(name)).toEqual({ visible: 1, hidden: 1, delayed: 1 });
  });

  test.each(["", ".fifo"] as const)("and are visible again when their time has come, in queue%s", async (suffix) => {
    const [name] = await createQueues(suffix);
    await send(name, "first");
    await send(name, "second");
    await receive(name);
    expect(queues.count(name)).toMatchObject(suffix ? { visible: 1, hidden: 1 } : { visible: 0, hidden: 2 });
    pass(VISIBILITY_TIMEOUT);
    expect(queues.count(name)).toEqual({ visible: 2, hidden: 0, delayed: 0 });
    expect(queues.list(name)).toMatchObject([
      { body: "first", state: "visible" },
      { body: "second", state: "visible" },
    ]);
  });

  test("but not of a queue that does not exist", () => {
    expect(() => queues.list("nowhere")).toThrow("There is no queue nowhere");
  });
});

describe("An observer is told", () => {
  test("when a queue is purged, of each message, including hidden ones", async () => {
    const [queueName] = await createQueues();
    const messages: { messageId: string; body: string }[] = [];
    for (const body of ["a", "b"]) messages.push({ messageId: await send(queueName, body), body });
    await queues.receive(queueName, 1);
    notices = [];
    await client.send(new PurgeQueueCommand({ QueueUrl: urlOf(queueName) }));
    expect(notices).toEqual(messages.map((message) => ["deleted", { queueName, ...message }]));
    expect(queues.list(queueName)).toEqual([]);
  });

  test("when a message is sent, received, made a dead letter, moved back and deleted", async () => {
    const [queueName, letters] = await createQueues();
    const messageId = await send(queueName, "body");
    await makeDeadLetters(queueName);
    await startMove(arnOf(letters));
    const [{ MessageId: newId, ReceiptHandle } = {}] = await receive(queueName);
    await client.send(new DeleteMessageCommand({ QueueUrl: urlOf(queueName), ReceiptHandle }));

    const message = { queueName, messageId, body: "body" };
    const moved = { queueName, messageId: newId, body: "body" };
    expect(notices).toEqual([
      ["sent", { ...message, dropped: false }],
      ["received", { ...message, receiveCount: 1 }],
      ["received", { ...message, receiveCount: 2 }],
      ["deadLettered", { ...message, queueName: letters, from: queueName }],
      ["moved", { ...moved, from: letters, previousMessageId: messageId }],
      ["received", { ...moved, receiveCount: 1 }],
      ["deleted", moved],
    ]);
    expect(newId).not.toBe(messageId);
  });

  test("when a FIFO queue drops a repeat", async () => {
    const [queueName] = await createQueues(".fifo");
    const messageId = await send(queueName, "body");
    await send(queueName, "body");
    const message = { queueName, messageId, body: "body" };
    expect(notices).toEqual([
      ["sent", { ...message, dropped: false }],
      ["sent", { ...message, dropped: true }],
    ]);
  });

  test("not when a message is refused or there is none to receive", async () => {
    const [name] = await createQueues();
    await expect(send(name, "\u0000")).rejects.toThrow("Invalid characters found");
    await receive(name);
    expect(notices).toEqual([]);
  });
});

describe("Dead letters are moved back", () => {
  test.each(["", ".fifo"] as const)(
    "to queue%s, in order, as new messages that were never received",
    async (suffix) => {
      const [name, letters] = await createQueues(suffix);
      await send(name, "first");
      await makeDeadLetters(name);
      pass(1);
      await send(name, "second");
      await makeDeadLetters(name);
      expect(bodies(letters)).toEqual(["first", "second"]);

      pass(1);
      const { TaskHandle } = await startMove(arnOf(letters), arnOf(name));
      expect(TaskHandle).toEqual(expect.any(String));
      expect(bodies(letters)).toEqual([]);
      const sentAt = Date.now();
      expect(queues.list(name)).toMatchObject([
        { body: "first", state: "visible", receiveCount: 0, sentAt },
        { body: "second", state: "visible", receiveCount: 0, sentAt },
      ]);
      const [{ Body, Attributes } = {}] = await receive(name);
      expect(Body).toBe("first");
      expect(Attributes).toMatchObject({
        ApproximateReceiveCount: "1",
        SentTimestamp: String(sentAt),
        ...(suffix && { MessageGroupId: "group", SequenceNumber: "00000000000000000003" }),
      });
    },
  );

  test("except hidden ones and, in a FIFO queue, those of their group", async () => {
    const [name, letters] = await createQueues(".fifo");
    await send(letters, "hidden");
    await send(letters, "blocked");
    await send(letters, "visible", { MessageGroupId: "other" });
    await receive(letters, { most: 1 });
    await startMove(arnOf(letters), arnOf(name));
    expect(bodies(letters)).toEqual(["hidden", "blocked"]);
    expect(bodies(name)).toEqual(["visible"]);
  });

  test("and the task is listed, the latest first", async () => {
    const [name, letters] = await createQueues();
    await startMove(arnOf(letters));
    await send(letters, "sent directly");
    await startMove(arnOf(letters), arnOf(name));
    const list = async (more = {}) => {
      const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: arnOf(letters), ...more }));
      return Results;
    };
    const task = { Status: "COMPLETED", SourceArn: arnOf(letters), StartedTimestamp: Date.now() };
    const counted = (count: number) => ({
      ApproximateNumberOfMessagesMoved: count,
      ApproximateNumberOfMessagesToMove: count,
    });
    const latest = { ...task, DestinationArn: arnOf(name), ...counted(1) };
    expect(await list()).toEqual([latest]);
    expect(await list({ MaxResults: 10 })).toEqual([latest, { ...task, ...counted(0) }]);
  });

  test("by the local system's own methods, which count them", async () => {
    const [name, letters] = await createQueues();
    await queues.create("elsewhere", {});
    await send(letters, "first");
    expect(queues.moveBack(letters)).toBe(1);
    expect(bodies(name)).toEqual(["first"]);
    await send(letters, "second");
    expect(queues.moveBack(letters, "elsewhere")).toBe(1);
    expect(bodies("elsewhere")).toEqual(["second"]);
    expect(queues.moveBack(letters)).toBe(0);
  });

  const invalid = "InvalidParameterValue";
  const missing = "ResourceNotFoundException";
  test.each([
    ["from a queue that does not exist", "nowhere", undefined, missing, /SourceArn parameter doesn't exist/],
    ["to a queue that does not exist", "letters", "nowhere", missing, /DestinationArn parameter doesn't exist/],
    ["from a queue that is no dead-letter queue", "queue", undefined, invalid, /must be configured as a Dead Letter/],
    ["to the same queue", "letters", "letters", invalid, /cannot be the same/],
    ["to a queue of another type", "letters", "other.fifo", invalid, /must be of the same queue type/],
  ])("but not %s", async (_what, source, destination, name, message) => {
    await createQueues();
    await queues.create("other.fifo", { FifoQueue: true });
    await send("letters", "body");
    const attempt = startMove(arnOf(source), destination && arnOf(destination));
    await expect(attempt).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    expect(bodies("letters")).toEqual(["body"]);
  });
});

test("A queue can be purged", async () => {
  const [name] = await createQueues();
  await send(name, "visible");
  await client.send(new PurgeQueueCommand({ QueueUrl: urlOf(name) }));
  expect(queues.count(name)).toEqual({ visible: 0, hidden: 0, delayed: 0 });
});
