import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type LocalQueues, queueReference, startQueues } from "../../../local/queues.ts";
import { Random } from "../../../simulation/random.ts";
import type { SendMessageInput } from "../../../simulation/services/check-message.ts";
import type { ReceivedMessage } from "../../../simulation/services/message.ts";
import { SimulatedQueue } from "../../../simulation/services/sqs.ts";

/**
 * The model does what fauxqs does, as far as fauxqs does what AWS documents. It does not:
 *
 * - It deduplicates within the queue, not within each message group
 *   (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html). Here, each group has
 *   its own deduplication ids.
 * - It hands out one message of a group in one receive, not as many as it can
 *   (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html). Here, a
 *   FIFO queue's messages are received one by one.
 * - It ignores a delete after the visibility timeout. A standard queue would delete the message, and a FIFO queue would refuse the
 *   handle (https://repost.aws/knowledge-center/sqs-receipt-handle-error). Here, nothing is deleted that late.
 * - It keeps messages forever, and counts the receipt that makes a message a dead letter.
 * - It takes no message to be malformed because of its ids or its delay.
 */
const VISIBILITY_TIMEOUT = 30;
const MAX_RECEIVE_COUNT = 3;
const ATTRIBUTES = { visibilityTimeout: VISIBILITY_TIMEOUT, retention: 14 * 86_400 };

let queues: LocalQueues;

beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.close());
// Only the date: the requests to fauxqs take real time.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 1) }));
afterEach(() => void vi.useRealTimers());

const clock = { now: () => Date.now() };
const pass = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);

interface Receipt {
  readonly body: string;
  readonly received: string;
  readonly handle: string;
}

/** The operations that the model and fauxqs have in common. Each answers with an error's code instead of throwing it. */
interface CommonQueue {
  /** @returns whether the message was dropped as a repeat */
  send(input: SendMessageInput): Promise<boolean | string>;
  receive(max: number): Promise<Receipt[]>;
  delete(receipt: Receipt): Promise<string | undefined>;
  changeVisibility(receipt: Receipt, seconds: number): Promise<string | undefined>;
  /** @returns how many messages are visible, and how many in flight */
  counts(): Promise<readonly [number, number]>;
}

const toReceipt = ({ Body, ReceiptHandle, Attributes }: ReceivedMessage): Receipt => ({
  body: Body,
  received: Attributes.ApproximateReceiveCount,
  handle: ReceiptHandle,
});

function createModel(suffix: string): readonly [CommonQueue, CommonQueue] {
  const deadLetterQueue = new SimulatedQueue({ ...ATTRIBUTES, name: `letters${suffix}` }, clock, new Random(1));
  const redrive = { deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT };
  const queue = new SimulatedQueue({ ...ATTRIBUTES, name: `queue${suffix}`, redrive }, clock, new Random(2));
  const attempt = async <Result>(operation: () => Result) => {
    try {
      return operation();
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const common = (target: SimulatedQueue): CommonQueue => ({
    send: (input) => attempt(() => target.send(input).isDuplicate),
    receive: async (max) => target.receive(max).map(toReceipt),
    delete: ({ handle }) => attempt(() => void target.delete(handle)),
    changeVisibility: ({ handle }, seconds) => attempt(() => void target.changeVisibility(handle, seconds)),
    counts: async () => [target.visible, target.inFlight],
  });
  return [common(queue), common(deadLetterQueue)];
}

let created = 0;

async function createFauxqs(suffix: string): Promise<readonly [CommonQueue, CommonQueue]> {
  created += 1;
  const [name, letters] = [`queue${created}${suffix}`, `letters${created}${suffix}`];
  const type = suffix ? { FifoQueue: true } : {};
  const { Arn: deadLetterTargetArn } = queueReference(queues.endpoint, letters).attributes;
  const RedrivePolicy = { deadLetterTargetArn, maxReceiveCount: MAX_RECEIVE_COUNT };
  await queues.create(letters, { ...type, VisibilityTimeout: VISIBILITY_TIMEOUT });
  await queues.create(name, { ...type, VisibilityTimeout: VISIBILITY_TIMEOUT, RedrivePolicy });
  return [reach(name), reach(letters)];
}

/** Reaches a queue of fauxqs's. */
function reach(name: string): CommonQueue {
  const ids = new Set<string>();
  async function call<Output>(operation: string, input: object): Promise<Output & { readonly __type?: string }> {
    const response = await fetch(queues.endpoint, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${operation}` },
      body: JSON.stringify({ QueueUrl: queueReference(queues.endpoint, name).ref, ...input }),
    });
    return JSON.parse((await response.text()) || "{}");
  }
  const codeOf = ({ __type }: { __type?: string }) => __type?.replace(/^.*#/, "");
  return {
    async send(input) {
      const answer = await call<{ MessageId: string }>("SendMessage", input);
      const isRepeat = ids.has(answer.MessageId);
      ids.add(answer.MessageId);
      return codeOf(answer) ?? isRepeat;
    },
    async receive(max) {
      const input = { MaxNumberOfMessages: max, MessageSystemAttributeNames: ["All"], WaitTimeSeconds: 0 };
      const { Messages = [] } = await call<{ Messages?: ReceivedMessage[] }>("ReceiveMessage", input);
      return Messages.map(toReceipt);
    },
    delete: async ({ handle }) => codeOf(await call("DeleteMessage", { ReceiptHandle: handle })),
    changeVisibility: async ({ handle }, seconds) =>
      codeOf(await call("ChangeMessageVisibility", { ReceiptHandle: handle, VisibilityTimeout: seconds })),
    async counts() {
      const { Attributes } = await call<{ Attributes: Record<string, string> }>("GetQueueAttributes", {
        AttributeNames: ["All"],
      });
      return [
        Number(Attributes["ApproximateNumberOfMessages"]),
        Number(Attributes["ApproximateNumberOfMessagesNotVisible"]),
      ];
    },
  };
}

/** Receives every message that is visible, sorted, as neither the order of a standard queue nor that of groups is defined. */
async function receiveAll(queue: CommonQueue, isFifo: boolean): Promise<Receipt[]> {
  const all: Receipt[] = [];
  for (;;) {
    const receipts = await queue.receive(isFifo ? 1 : 10);
    all.push(...receipts);
    if (receipts.length === 0) return all.toSorted((a, b) => (a.body < b.body ? -1 : 1));
  }
}

const withoutHandles = (receipts: readonly Receipt[]) => receipts.map(({ handle: _handle, ...rest }) => rest);
const bodies = (receipts: readonly Receipt[]) => receipts.map(({ body }) => body);

/** What happens to both queues. Receipts are chosen by a number, modulo how many there are. */
type Step =
  | { readonly kind: "send"; readonly group: string; readonly id: number }
  | { readonly kind: "receive" }
  | { readonly kind: "delete"; readonly receipt: number }
  | { readonly kind: "hide"; readonly receipt: number; readonly seconds: number }
  | { readonly kind: "pass"; readonly seconds: number };

const receipt = fc.nat({ max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("send"), group: fc.constantFrom("a", "b"), id: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("receive") }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete"), receipt }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("hide"), receipt, seconds: fc.constantFrom(0, 5, 90, 43_201) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass"), seconds: fc.constantFrom(1, 4, 29, 30, 270, 300) }) },
) as fc.Arbitrary<Step>;

/** The receipts of a message by the model and by fauxqs, and until when it is hidden. */
interface Held {
  readonly receipts: readonly [Receipt, Receipt];
  until: number;
}

async function compare(steps: readonly Step[], isFifo: boolean): Promise<void> {
  const suffix = isFifo ? ".fifo" : "";
  const [[model, modelLetters], [fauxqs, fauxqsLetters]] = [createModel(suffix), await createFauxqs(suffix)];
  let held: Held[] = [];
  let sent = 0;

  async function perform(next: Step): Promise<void> {
    if (next.kind === "pass") {
      pass(next.seconds);
    } else if (next.kind === "send") {
      sent += 1;
      const ids = { MessageGroupId: next.group, MessageDeduplicationId: `${next.group}${next.id}` };
      const input = { MessageBody: `${String(sent).padStart(3, "0")}`, ...(isFifo && ids) };
      expect(await model.send(input)).toBe(await fauxqs.send(input));
    } else if (next.kind === "receive") {
      const received = [await receiveAll(model, isFifo), await receiveAll(fauxqs, isFifo)] as const;
      expect(withoutHandles(received[0])).toEqual(withoutHandles(received[1]));
      expect(await model.counts()).toEqual(await fauxqs.counts());
      const until = Date.now() + VISIBILITY_TIMEOUT * 1000;
      held.push(
        ...received[0].map((mine, index) => ({ receipts: [mine, received[1][index] as Receipt] as const, until })),
      );
    } else {
      held = held.filter(({ until }) => until > Date.now());
      const target = held[next.receipt % held.length];
      if (target === undefined) return;
      const [mine, theirs] = target.receipts;
      if (next.kind === "delete") {
        expect(await model.delete(mine)).toBe(await fauxqs.delete(theirs));
        held = held.filter((other) => other !== target);
      } else {
        const refused = await model.changeVisibility(mine, next.seconds);
        expect(refused).toBe(await fauxqs.changeVisibility(theirs, next.seconds));
        if (refused === undefined) target.until = Date.now() + next.seconds * 1000;
      }
    }
  }

  for (const next of steps) await perform(next);
  expect(bodies(await receiveAll(modelLetters, isFifo))).toEqual(bodies(await receiveAll(fauxqsLetters, isFifo)));
}

describe("The model of SQS does what fauxqs does", () => {
  test.each([
    ["standard", false],
    ["FIFO", true],
  ])("in any sequence of operations on a %s queue", async (_type, isFifo) => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), (steps) =>
      compare(steps, isFifo),
    );
    await fc.assert(property, { numRuns: 40 });
  });

  const FIFO_IDS = { MessageGroupId: "a", MessageDeduplicationId: "1" };
  test.each([
    ["an empty body", "", { MessageBody: "" }, "MissingParameter"],
    ["a control character", "", { MessageBody: "\u0000" }, "InvalidMessageContents"],
    ["an emoji", "", { MessageBody: "\u{1F600}" }, false],
    ["1 MiB", "", { MessageBody: "x".repeat(2 ** 20) }, false],
    ["more than 1 MiB", "", { MessageBody: "x".repeat(2 ** 20 + 1) }, "InvalidParameterValue"],
    ["more than 1 MiB of UTF-8", "", { MessageBody: "é".repeat(2 ** 19 + 1) }, "InvalidParameterValue"],
    [
      "attributes that exceed 1 MiB with the body",
      "",
      { MessageBody: "x".repeat(2 ** 20 - 7), MessageAttributes: { a: { DataType: "String", StringValue: "b" } } },
      "InvalidParameterValue",
    ],
    ["no group", ".fifo", { MessageBody: "x", MessageDeduplicationId: "1" }, "MissingParameter"],
    ["no deduplication id", ".fifo", { MessageBody: "x", MessageGroupId: "a" }, "InvalidParameterValue"],
    ["a delay", ".fifo", { MessageBody: "x", ...FIFO_IDS, DelaySeconds: 1 }, "InvalidParameterValue"],
    ["both ids", ".fifo", { MessageBody: "x", ...FIFO_IDS }, false],
  ])("with %s sent to queue%s", async (_what, suffix, input, outcome) => {
    const [[model], [fauxqs]] = [createModel(suffix), await createFauxqs(suffix)];
    expect([await model.send(input), await fauxqs.send(input)]).toEqual([outcome, outcome]);
  });
});
