import { describe, expect, test } from "vitest";
import { Consumer } from "../../../simulation/people/consumer.ts";
import type { Plan } from "../../../simulation/plan.ts";
import { Random } from "../../../simulation/random.ts";
import { SimulatedQueue } from "../../../simulation/services/sqs.ts";
import { createWorld } from "../../support/simulated-world.ts";

const VISIBILITY_TIMEOUT = 180;
const MAX_RECEIVE_COUNT = 5;

/** A consumer of a queue to which messages can be sent. */
function createConsumer(habits: Partial<Plan["consumer"]> = {}, name = "events.fifo") {
  const world = createWorld();
  const { clock, history } = world;
  const isFifo = name.endsWith(".fifo");
  const attributes = { visibilityTimeout: VISIBILITY_TIMEOUT, retention: 14 * 86_400 };
  const deadLetterQueue = new SimulatedQueue({ ...attributes, name: `dead-${name}` }, clock, new Random(1));
  const redrive = { deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT };
  const queue = new SimulatedQueue({ ...attributes, name, redrive }, clock, new Random(2));
  const consumer = new Consumer(queue, { duration: 50, failing: 0, poison: 0, ...habits }, world);
  queue.onSent = () => consumer.wake();
  const send = (messages: number) => {
    for (let message = 0; message < messages; message += 1) {
      const ids = { MessageGroupId: String(message % 3), MessageDeduplicationId: String(message) };
      queue.send({ MessageBody: String(message), ...(isFifo && ids) });
    }
  };
  const pass = (seconds: number) => clock.runUntil(clock.sleep(seconds * 1_000));
  return { consumer, queue, deadLetterQueue, history, send, pass };
}

describe("A consumer", () => {
  test.each(["events.fifo", "events"])("processes each message of %s once, and deletes it", async (name) => {
    const { queue, history, send, pass } = createConsumer({}, name);
    send(25);
    await pass(60);
    expect(queue.size).toBe(0);
    expect(history.receipts.map(({ body }) => Number(body)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 25 }, (_, index) => index),
    );
    expect(history.receipts.every(({ isProcessed }) => isProcessed)).toBe(true);
    send(25);
    await pass(60);
    // The FIFO queue drops the repeats.
    expect([queue.size, history.receipts.length]).toEqual([0, name === "events" ? 50 : 25]);
  });

  test("takes its time for a batch, and no other meanwhile", async () => {
    const { history, send, pass } = createConsumer({ duration: 60_000 });
    send(30);
    await pass(200);
    const batches = [...Map.groupBy(history.receipts, ({ at }) => at)];
    expect(batches.map(([, receipts]) => receipts.length)).toEqual([10, 10, 10]);
    const [[first = 0] = [], [second = 0] = []] = batches;
    expect(second - first).toBeGreaterThanOrEqual(60_000);
  });

  test("receives a message again that it failed to process, until it is a dead letter", async () => {
    const { queue, deadLetterQueue, history, send, pass } = createConsumer({ failing: 1 });
    send(1);
    await pass(VISIBILITY_TIMEOUT - 1);
    expect([queue.size, history.receipts.length]).toEqual([1, 1]);
    await pass(MAX_RECEIVE_COUNT * (VISIBILITY_TIMEOUT + 10));
    expect([queue.size, deadLetterQueue.size]).toEqual([0, 1]);
    expect(history.receipts.map(({ isProcessed }) => isProcessed)).toEqual(Array(MAX_RECEIVE_COUNT).fill(false));
  });

  test("succeeds later with a message that it failed only now and then", async () => {
    const { queue, deadLetterQueue, history, send, pass } = createConsumer({ failing: 0.5 });
    send(3);
    await pass(3_600);
    expect(queue.size + deadLetterQueue.size).toBeLessThan(3);
    expect(history.receipts.some(({ isProcessed }) => !isProcessed)).toBe(true);
  });

  test("never processes some messages, always the same, until it is repaired", async () => {
    const { consumer, queue, deadLetterQueue, history, send, pass } = createConsumer({ poison: 0.2 }, "events");
    send(100);
    await pass(7_200);
    const failed = new Set(history.receipts.flatMap(({ isProcessed, body }) => (isProcessed ? [] : [body])));
    const processed = new Set(history.receipts.flatMap(({ isProcessed, body }) => (isProcessed ? [body] : [])));
    expect(failed.isDisjointFrom(processed)).toBe(true);
    expect(failed.size > 5 && failed.size < 40).toBe(true);
    expect([queue.size, deadLetterQueue.size]).toEqual([0, failed.size]);
    consumer.repair();
    deadLetterQueue.redriveTo(queue);
    await pass(60);
    expect([queue.size, deadLetterQueue.size]).toEqual([0, 0]);
  });
});
