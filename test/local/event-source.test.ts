import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { startEventSource } from "../../local/event-source.ts";
import { FunctionError, type FunctionProcess } from "../../local/function-process.ts";
import type { LocalQueues, ReceivedMessage } from "../../local/queues.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const MESSAGE: ReceivedMessage = { MessageId: "1", ReceiptHandle: "1", Body: "{}", Attributes: {} };
const GONE = new Error("SQS refused ReceiveMessage");

/** Polls a queue once a second, and returns the failures that were reported. */
async function poll(
  answers: readonly (Error | readonly ReceivedMessage[])[],
  invoke = async (): Promise<unknown> => ({}),
) {
  const failures: string[] = [];
  let polls = 0;
  const queues = {
    endpoint: "http://127.0.0.1:1",
    async receive() {
      const answer = answers[polls] ?? GONE;
      polls += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  } as unknown as LocalQueues;
  const source = { queueName: "StandbyQueue", batchSize: 10, process: { invoke } as unknown as FunctionProcess };
  onTestFinished(startEventSource(source, queues, ({ message }) => failures.push(message)));
  await vi.advanceTimersByTimeAsync(1_000 * answers.length);
  expect(polls).toBeGreaterThanOrEqual(answers.length);
  return failures;
}

test("A deleted queue is reported once, and again if it is deleted again", async () => {
  expect(await poll([GONE, GONE, GONE])).toEqual([GONE.message]);
  expect(await poll([GONE, GONE, [], GONE, GONE])).toEqual([GONE.message, GONE.message]);
});

test("Each invocation that fails is reported", async () => {
  const crash = async () => Promise.reject(new FunctionError("it crashed"));
  expect(await poll([[MESSAGE], [MESSAGE]], crash)).toEqual(["it crashed", "it crashed", GONE.message]);
});
