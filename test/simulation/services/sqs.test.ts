import { beforeEach, describe, expect, test } from "vitest";
import { Random } from "../../../simulation/random.ts";
import type { MessageArrival } from "../../../simulation/services/message.ts";
import { type QueueAttributes, SimulatedQueue } from "../../../simulation/services/sqs.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let now: number;
let sent: number;
beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  sent = 0;
});

const clock = { now: () => now };
const create = (attributes: Partial<QueueAttributes> = {}) =>
  new SimulatedQueue({ name: "queue", visibilityTimeout: 30, retention: 86_400, ...attributes }, clock, new Random(1));
const createFifo = (attributes: Partial<QueueAttributes> = {}) => create({ name: "queue.fifo", ...attributes });

/** Sends a message to a FIFO queue's group, by default with its own deduplication id. */
function sendTo(queue: SimulatedQueue, MessageGroupId: string, MessageBody: string, id?: string) {
  sent += 1;
  return queue.send({ MessageBody, MessageGroupId, MessageDeduplicationId: id ?? `unique-${sent}` });
}

const bodies = (messages: readonly { readonly Body: string }[]) => messages.map(({ Body }) => Body);
const receiveOne = (queue: SimulatedQueue) => {
  const [message] = queue.receive(1);
  if (message === undefined) throw new Error("no message");
  return message;
};
const error = (code: string) => expect.objectContaining({ name: "ServiceError", statusCode: 400, code });

describe("Any queue", () => {
  test.each([
    ["standard", create],
    ["FIFO", createFifo],
  ])("that is %s hands out a message with its attributes, and hides it", (_type, createQueue) => {
    const queue = createQueue();
    const ids = queue.isFifo ? { MessageGroupId: "a", MessageDeduplicationId: "1" } : {};
    const MessageAttributes = { Reason: { DataType: "String", StringValue: "late" } };
    const { MessageId, MD5OfMessageBody } = queue.send({ MessageBody: "hello", ...ids, MessageAttributes });
    expect(MD5OfMessageBody).toBe("5d41402abc4b2a76b9719d911017c592");
    now += 5;
    expect(receiveOne(queue)).toEqual({
      MessageId,
      ReceiptHandle: expect.any(String),
      Body: "hello",
      MD5OfBody: MD5OfMessageBody,
      Attributes: {
        ...ids,
        ...(queue.isFifo && { SequenceNumber: expect.stringMatching(/^\d{20}$/) }),
        ApproximateReceiveCount: "1",
        SentTimestamp: String(now - 5),
        ApproximateFirstReceiveTimestamp: String(now),
      },
      MessageAttributes,
    });
    expect(queue.receive(1)).toEqual([]);
    expect([queue.size, queue.visible, queue.inFlight]).toEqual([1, 0, 1]);
  });

  test("shows a message again at the end of its visibility timeout, and then counts one more receipt", () => {
    const queue = create();
    queue.send({ MessageBody: "x" });
    queue.receive(1);
    now += 29_999;
    expect(queue.visible).toBe(0);
    now += 1;
    expect([queue.visible, queue.inFlight]).toEqual([1, 0]);
    expect(receiveOne(queue).Attributes.ApproximateReceiveCount).toBe("2");
  });

  test.each([
    ["shows it at once with 0", 0, 0],
    ["shows it earlier", 10, 10],
    ["hides it for longer", 100, 100],
  ])("changes a message's visibility timeout: %s", (_what, seconds, visibleAfter) => {
    const queue = create();
    queue.send({ MessageBody: "x" });
    queue.changeVisibility(receiveOne(queue).ReceiptHandle, seconds);
    if (visibleAfter > 0) {
      now += visibleAfter * 1000 - 1;
      expect(queue.visible).toBe(0);
      now += 1;
    }
    expect(queue.visible).toBe(1);
  });

  test("hides a message for no more than 12 hours after it was received", () => {
    const queue = create();
    queue.send({ MessageBody: "x" });
    const { ReceiptHandle } = receiveOne(queue);
    for (const seconds of [-1, 43_201, Number.NaN]) {
      expect(() => queue.changeVisibility(ReceiptHandle, seconds)).toThrow(error("InvalidParameterValue"));
    }
    now += 10_000;
    expect(() => queue.changeVisibility(ReceiptHandle, 43_191)).toThrow(error("InvalidParameterValue"));
    queue.changeVisibility(ReceiptHandle, 43_190);
  });

  test("drops a message at the end of the retention period, visible or not", () => {
    const queue = create({ retention: 100 });
    queue.send({ MessageBody: "in flight" });
    const { ReceiptHandle } = receiveOne(queue);
    queue.changeVisibility(ReceiptHandle, 1_000);
    queue.send({ MessageBody: "visible" });
    now += 99_999;
    expect(queue.size).toBe(2);
    now += 1;
    expect([queue.size, queue.visible, queue.inFlight]).toEqual([0, 0, 0]);
    queue.delete(ReceiptHandle);
    expect(() => queue.changeVisibility(ReceiptHandle, 1)).toThrow(error("MessageNotInflight"));
  });

  test.each([0, 11, Number.NaN])("refuses to hand out %d messages", (max) => {
    expect(() => create().receive(max)).toThrow(error("InvalidParameterValue"));
  });

  test.each(["", "nonsense", "other/id/1"])("refuses the receipt handle %j", (handle) => {
    expect(() => create().delete(handle)).toThrow(error("ReceiptHandleIsInvalid"));
    expect(() => create().changeVisibility(handle, 1)).toThrow(error("ReceiptHandleIsInvalid"));
  });

  test("has at most 120,000 messages in flight", () => {
    const queue = create();
    for (let count = 0; count < 120_010; count += 1) queue.send({ MessageBody: "x" });
    const receipts = Array.from({ length: 12_001 }, () => queue.receive(10)).flat();
    expect(receipts.length).toBe(120_000);
    queue.delete(receipts[0]?.ReceiptHandle ?? "");
    expect(queue.receive(10)).toHaveLength(1);
  });

  test("tells of every message that reaches it, with the time", () => {
    const arrivals: MessageArrival[] = [];
    const queue = createFifo();
    queue.onSent = (arrival) => void arrivals.push(arrival);
    const { MessageId } = sendTo(queue, "a", "first", "1");
    now += 7;
    sendTo(queue, "a", "again", "1");
    const common = { MessageId, group: "a", deduplicationId: "1" };
    expect(arrivals).toEqual([
      { ...common, Body: "first", isDuplicate: false, at: now - 7 },
      { ...common, Body: "again", isDuplicate: true, at: now },
    ]);
  });
});

describe("A standard queue", () => {
  test("hands out messages in any order", () => {
    const queue = create();
    const sorted = Array.from({ length: 10 }, (_, index) => String(index));
    for (const MessageBody of sorted) queue.send({ MessageBody });
    const received = bodies(queue.receive(10));
    expect(received.toSorted()).toEqual(sorted);
    expect(received).not.toEqual(sorted);
  });

  test("hides a message for its delay, when it is not in flight either", () => {
    const queue = create();
    queue.send({ MessageBody: "x", DelaySeconds: 900 });
    now += 899_999;
    expect([queue.size, queue.visible, queue.inFlight]).toEqual([1, 0, 0]);
    now += 1;
    expect(bodies(queue.receive(1))).toEqual(["x"]);
  });

  test.each([
    ["a delay of more than 15 minutes", { DelaySeconds: 901 }],
    ["a negative delay", { DelaySeconds: -1 }],
    ["a deduplication id", { MessageDeduplicationId: "1" }],
    ["a group with a space", { MessageGroupId: "a b" }],
    ["a group of 129 characters", { MessageGroupId: "x".repeat(129) }],
  ])("refuses a message with %s", (_what, ids) => {
    expect(() => create().send({ MessageBody: "x", ...ids })).toThrow(error("InvalidParameterValue"));
  });

  test("deletes a message that became visible again, if it was not received since", () => {
    const queue = create();
    queue.send({ MessageBody: "x" });
    const { ReceiptHandle } = receiveOne(queue);
    now += 30_000;
    queue.delete(ReceiptHandle);
    queue.delete(ReceiptHandle);
    expect(queue.size).toBe(0);
    expect(queue.receive(1)).toEqual([]);
  });

  test("may or may not delete a message with an older receipt handle, and never changes its visibility timeout", () => {
    const queue = create();
    for (let count = 0; count < 100; count += 1) queue.send({ MessageBody: "x" });
    const old = Array.from({ length: 10 }, () => queue.receive(10)).flat();
    now += 30_000;
    for (let count = 0; count < 10; count += 1) queue.receive(10);
    for (const { ReceiptHandle } of old) {
      expect(() => queue.changeVisibility(ReceiptHandle, 0)).toThrow(error("MessageNotInflight"));
      queue.delete(ReceiptHandle);
    }
    expect(queue.size).toBeGreaterThan(20);
    expect(queue.size).toBeLessThan(80);
  });

  test("may hand out a message again that is in flight, and one that is deleted, which then is in the queue again", () => {
    const queue = create({ duplicates: 0.1 });
    for (let count = 0; count < 1_000; count += 1) queue.send({ MessageBody: String(count) });
    const receiveAll = () => {
      const receipts = [];
      for (let poll = 0; poll < 200; poll += 1) receipts.push(...queue.receive(10));
      return receipts;
    };
    const received = receiveAll();
    const latest = new Map(received.map(({ MessageId, ReceiptHandle }) => [MessageId, ReceiptHandle]));
    expect(latest.size).toBe(1_000);
    expect(received.length).toBeGreaterThan(1_050);
    expect(received.length).toBeLessThan(1_200);
    for (const handle of latest.values()) queue.delete(handle);
    expect(queue.size).toBe(0);
    const resurrected = new Set(receiveAll().map(({ MessageId }) => MessageId));
    expect(resurrected.size).toBeGreaterThan(50);
    expect(resurrected.size).toBeLessThan(150);
    expect([queue.size, queue.inFlight]).toEqual([resurrected.size, resurrected.size]);
    now += DAY;
    expect([queue.size, queue.inFlight]).toEqual([0, 0]);
    expect(queue.receive(10)).toEqual([]);
  });

  test("hands out a message once in one receive, although it could repeat it", () => {
    const queue = create({ duplicates: 1 });
    queue.send({ MessageBody: "x" });
    for (let receipt = 0; receipt < 3; receipt += 1) {
      expect(queue.receive(10)).toHaveLength(1);
      now += 30_000;
    }
  });

  test("keeps the age of a dead letter, which its dead-letter queue drops when it is old", () => {
    const deadLetterQueue = create({ name: "letters", retention: 100 });
    const queue = create({ redrive: { deadLetterQueue, maxReceiveCount: 1 } });
    queue.send({ MessageBody: "x" });
    queue.receive(1);
    now += 60_000;
    expect(queue.receive(1)).toEqual([]);
    expect([queue.size, deadLetterQueue.size]).toEqual([0, 1]);
    now += 40_000;
    expect(deadLetterQueue.size).toBe(0);
  });
});

describe("A FIFO queue", () => {
  test("hands out as many messages of a group as it can, in their order, and then those of another", () => {
    const queue = createFifo();
    for (const body of ["1", "2", "3"]) for (const group of ["a", "b"]) sendTo(queue, group, group + body);
    const received = bodies(queue.receive(5));
    expect([
      ["a1", "a2", "a3", "b1", "b2"],
      ["b1", "b2", "b3", "a1", "a2"],
    ]).toContainEqual(received);
  });

  test("hands out no message of a group while another is in flight", () => {
    const queue = createFifo();
    for (const body of ["1", "2", "3"]) sendTo(queue, "a", body);
    const [first, second] = queue.receive(2);
    sendTo(queue, "b", "other");
    expect(bodies(queue.receive(10))).toEqual(["other"]);
    queue.delete(first?.ReceiptHandle ?? "");
    expect(queue.receive(10)).toEqual([]);
    queue.delete(second?.ReceiptHandle ?? "");
    expect(bodies(queue.receive(10))).toEqual(["3"]);
  });

  test("hands out a group in its order again after its messages were not deleted", () => {
    const queue = createFifo();
    for (const body of ["1", "2", "3", "4"]) sendTo(queue, "a", body);
    const [first, second, third] = queue.receive(3);
    queue.delete(second?.ReceiptHandle ?? "");
    queue.changeVisibility(third?.ReceiptHandle ?? "", 0);
    expect(queue.receive(10)).toEqual([]);
    queue.changeVisibility(first?.ReceiptHandle ?? "", 0);
    expect(bodies(queue.receive(10))).toEqual(["1", "3", "4"]);
  });

  test.each([
    ["a repeat in the same group is dropped", "a", "1", 0, true],
    ["a repeat just within five minutes is dropped", "a", "1", 5 * MINUTE - 1, true],
    ["a repeat after five minutes is stored", "a", "1", 5 * MINUTE, false],
    ["the same id in another group is stored", "b", "1", 0, false],
    ["another id is stored", "a", "2", 0, false],
  ])("recognises repeats: %s, also after the first was deleted", (_what, group, id, wait, isDuplicate) => {
    const queue = createFifo();
    const first = sendTo(queue, "a", "first", "1");
    queue.delete(receiveOne(queue).ReceiptHandle);
    now += wait;
    const second = sendTo(queue, group, "second", id);
    expect(second.isDuplicate).toBe(isDuplicate);
    expect(second.MessageId === first.MessageId).toBe(isDuplicate);
    expect(bodies(queue.receive(1))).toEqual(isDuplicate ? [] : ["second"]);
  });

  test("counts the five minutes from the first message, not from its repeats", () => {
    const queue = createFifo();
    sendTo(queue, "a", "first", "1");
    now += 3 * MINUTE;
    expect(sendTo(queue, "a", "repeat", "1").isDuplicate).toBe(true);
    now += 2 * MINUTE;
    expect(sendTo(queue, "a", "new", "1").isDuplicate).toBe(false);
  });

  test("refuses a receipt handle whose visibility timeout has passed", () => {
    const queue = createFifo();
    sendTo(queue, "a", "x");
    const { ReceiptHandle } = receiveOne(queue);
    now += 30_000;
    for (const receivedAgain of [false, true]) {
      if (receivedAgain) queue.receive(1);
      expect(() => queue.delete(ReceiptHandle)).toThrow(error("InvalidParameterValue"));
      expect(() => queue.changeVisibility(ReceiptHandle, 1)).toThrow(error("InvalidParameterValue"));
    }
    expect(queue.size).toBe(1);
  });

  test("hands out nothing twice, whatever its probability of duplicates", () => {
    const queue = createFifo({ duplicates: 1 });
    sendTo(queue, "a", "x");
    const { ReceiptHandle } = receiveOne(queue);
    expect(queue.receive(1)).toEqual([]);
    queue.delete(ReceiptHandle);
    expect(queue.receive(1)).toEqual([]);
  });

  test("passes over a dead letter, which then starts its age anew, with its id as deduplication id", () => {
    const deadLetterQueue = createFifo({ name: "letters.fifo", retention: 100 });
    const queue = createFifo({ redrive: { deadLetterQueue, maxReceiveCount: 1 } });
    const { MessageId } = sendTo(queue, "a", "poison", "1");
    queue.receive(1);
    sendTo(queue, "a", "next", "2");
    sendTo(queue, "a", "last", "3");
    now += 60_000;
    expect(bodies(queue.receive(1))).toEqual(["next"]);
    expect(queue.receive(1)).toEqual([]);
    now += 99_999;
    const [letter] = deadLetterQueue.receive(1);
    expect(letter?.Attributes).toMatchObject({ MessageGroupId: "a", MessageDeduplicationId: MessageId });
    now += 1;
    expect(deadLetterQueue.size).toBe(0);
  });
});

describe("A redrive", () => {
  test("moves the visible dead letters, oldest first, as new messages that the queue does not take for repeats", () => {
    const deadLetterQueue = createFifo({ name: "letters.fifo", retention: 14 * 86_400 });
    const queue = createFifo({ redrive: { deadLetterQueue, maxReceiveCount: 1 }, retention: 60 });
    const ids = ["1", "2", "3"].map((id) => sendTo(queue, "a", id, id).MessageId);
    queue.receive(3);
    now += 30_000;
    expect(queue.receive(3)).toEqual([]);
    const held = receiveOne(deadLetterQueue);
    now += 29_000;
    expect(deadLetterQueue.redriveTo(queue)).toBe(2);
    expect(bodies(deadLetterQueue.messages())).toEqual([held.Body]);
    now += 31_000;
    const redriven = queue.receive(3);
    expect(bodies(redriven)).toEqual(["2", "3"]);
    for (const { MessageId, Attributes } of redriven) {
      expect(ids).not.toContain(MessageId);
      expect(Attributes).toMatchObject({ ApproximateReceiveCount: "1", SentTimestamp: String(now - 31_000) });
    }
  });

  test("is possible many times, each after as many receipts as the redrive policy allows", () => {
    const deadLetterQueue = create({ name: "letters", retention: 14 * 86_400 });
    const queue = create({ redrive: { deadLetterQueue, maxReceiveCount: 3 }, retention: 14 * 86_400 });
    queue.send({ MessageBody: "x" });
    for (let round = 0; round < 3; round += 1) {
      const counts: string[] = [];
      for (let receipt = 0; receipt < 4; receipt += 1) {
        now += DAY / 2;
        counts.push(...queue.receive(10).map(({ Attributes }) => Attributes.ApproximateReceiveCount));
      }
      expect(counts).toEqual(["1", "2", "3"]);
      expect(deadLetterQueue.redriveTo(queue)).toBe(1);
    }
  });
});
