import { describe, expect, test } from "vitest";
import { EventSource } from "../../../simulation/lambda/event-source.ts";
import type { LambdaFault } from "../../../simulation/plan.ts";
import { Random } from "../../../simulation/random.ts";
import { SimulatedQueue } from "../../../simulation/services/sqs.ts";
import type { World } from "../../../simulation/world.ts";
import { allDay, createFunction, createWorld } from "../../support/simulated-world.ts";

const VISIBILITY_TIMEOUT = 180;

/** A queue with some messages, `1`, `2` and so on, whose batches a function gets. */
function connect(
  world: World,
  code: string,
  { messages = 10, batchSize = 10, concurrency = 2, faults = [] as LambdaFault[] } = {},
) {
  const { clock } = world;
  const attributes = { name: "standby", visibilityTimeout: VISIBILITY_TIMEOUT, retention: 86_400 };
  const queue = new SimulatedQueue(attributes, clock, new Random(1));
  const { lambda } = createFunction(world, `const log = (text) => process.stdout.write(text + "\\n");${code}`, {
    faults,
  });
  const eventSource = new EventSource(queue, lambda, { batchSize, concurrency }, world);
  queue.onSent = () => eventSource.wake();
  for (let message = 1; message <= messages; message += 1) queue.send({ MessageBody: String(message) });
  const pass = (seconds: number) => clock.runUntil(clock.sleep(seconds * 1_000));
  return { queue, pass, lines: () => world.history.environments.flatMap(({ lines }) => lines) };
}

const SUCCEED = "const handler = async () => ({ batchItemFailures: [] })";

describe("An event source hands over", () => {
  test.each([
    { messages: 25, batchSize: 10, sizes: [10, 10, 5] },
    { messages: 3, batchSize: 10, sizes: [3] },
    { messages: 3, batchSize: 1, sizes: [1, 1, 1] },
  ])("$messages messages in batches of at most $batchSize", async ({ messages, batchSize, sizes }) => {
    const world = createWorld();
    const code = `const handler = async ({ Records }) => {
      log(Records.map(({ body }) => body));
      return { batchItemFailures: [] };
    }`;
    const { queue, pass, lines } = connect(world, code, { messages, batchSize, concurrency: 5 });
    await pass(60);
    const batches = lines().map(({ text }) => text.split(","));
    expect(batches.map(({ length }) => length).toSorted((a, b) => b - a)).toEqual(sizes);
    const bodies = batches.flat().map(Number);
    expect(bodies.toSorted((a, b) => a - b)).toEqual(Array.from({ length: messages }, (_, index) => index + 1));
    expect(queue.size).toBe(0);
  });

  test("a message with its id, receipt handle and attributes", async () => {
    const world = createWorld();
    const code = `const handler = async ({ Records }) => {
      log(JSON.stringify(Records[0]));
      return { batchItemFailures: [] };
    }`;
    const { pass, lines } = connect(world, code, { messages: 1 });
    await pass(10);
    expect(JSON.parse(lines()[0]?.text ?? "")).toEqual({
      messageId: expect.any(String),
      receiptHandle: expect.any(String),
      body: "1",
      attributes: expect.objectContaining({ ApproximateReceiveCount: "1", SentTimestamp: expect.any(String) }),
    });
  });

  test("as many batches at a time as its concurrency allows", async () => {
    const world = createWorld();
    const slow =
      "const handler = () => new Promise((resolve) => setTimeout(() => resolve({ batchItemFailures: [] }), 5_000))";
    const { queue, pass } = connect(world, slow, { messages: 10, batchSize: 1, concurrency: 3 });
    let most = 0;
    for (let second = 0; second < 60; second += 1) {
      await pass(1);
      most = Math.max(most, queue.inFlight);
    }
    expect([most, queue.size, world.history.environments.length]).toEqual([3, 0, 3]);
  });

  test("messages that arrive after the queue was empty", async () => {
    const { queue, pass } = connect(createWorld(), SUCCEED);
    await pass(60);
    expect(queue.size).toBe(0);
    queue.send({ MessageBody: "late" });
    await pass(60);
    expect(queue.size).toBe(0);
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
describe("An event source deletes", () => {
  test.each([
    ["all messages, if the function reports no failures", "({ batchItemFailures: [] })", 0],
    ["all messages, if it reports null", "({ batchItemFailures: null })", 0],
    ["all messages, if it returns an empty object", "({})", 0],
    ["all messages, if it returns nothing", "undefined", 0],
    ["those that it does not report as failed", "report(Records.slice(0, 3).map(({ messageId }) => messageId))", 3],
    ["none, if it reports all", "report(Records.map(({ messageId }) => messageId))", 10],
    ["none, if it reports an id that the batch does not have", 'report(["other"])', 10],
    ["none, if it reports an empty id", 'report([""])', 10],
    ["none, if it reports null as id", "report([null])", 10],
    ["none, if it reports under another name", "({ batchItemFailures: [{ messageId: Records[0].messageId }] })", 10],
    ["none, if it fails", "Promise.reject(new Error())", 10],
  ])("%s", async (_what, result, left) => {
    const code = `const report = (ids) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });
      const handler = async ({ Records }) => ${result}`;
    const { queue, pass } = connect(createWorld(), code);
    await pass(60);
    expect([queue.size, queue.inFlight]).toEqual([left, left]);
  });

  test.each([
    ["has no concurrency left", "has no concurrency left"],
    ["ends in the middle", "ends an environment in the middle"],
  ] as const)("none, if the function %s: they return after the visibility timeout", async (_what, fault) => {
    const world = createWorld();
    const code = `const handler = async () => {
      for (let line = 0; line < 20; line += 1) log(line);
    }`;
    const { queue, pass } = connect(world, code, { faults: [{ ...allDay(fault), duration: 60_000 }] });
    await pass(VISIBILITY_TIMEOUT);
    expect([queue.size, queue.inFlight]).toEqual([10, 10]);
    await pass(10);
    expect(queue.size).toBe(0);
  });
});

test("An event source whose function takes too long to start ends the simulation", async () => {
  const code = "await new Promise((resolve) => setTimeout(resolve, 10_001)); const handler = 1";
  const { pass } = connect(createWorld(), code);
  await expect(pass(60)).rejects.toThrow("the start of callback takes more than 10000 ms");
});
