import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import { toJson } from "../../events/json.ts";
import { Faults } from "../../local/faults.ts";
import type { FunctionProcess } from "../../local/function-process.ts";
import { type LocalSystem, startLocalSystem } from "../../local/local-system.ts";
import type { SentMessage } from "../../local/queue-observer.ts";
import { nowInSeconds, READ_REPORT, SDK_APP_ID, signedQuery, TOKEN } from "../support/callbacks.ts";
import { exampleEvent } from "../support/example-event.ts";

/** For what happens within milliseconds, unless the machine is busy. */
const WAITING = { interval: 1, timeout: 30_000 };

const faults = new Faults();
const failures: string[] = [];
const messages: SentMessage[] = [];
let system: LocalSystem;
let callbackFunction: FunctionProcess;

beforeAll(async () => {
  const observer = {
    request: () => {},
    exchange: () => {},
    sent: (message: SentMessage) => void messages.push(message),
    log: () => {},
    failure: ({ message }: Error) => failures.push(message),
  };
  system = await startLocalSystem({ sdkAppId: SDK_APP_ID, port: 0, token: TOKEN, faults }, observer);
  callbackFunction = functionNamed("CallbackFunction");
});

afterEach(() => {
  vi.restoreAllMocks();
  faults.heal();
});
afterAll(() => system.close());

function functionNamed(name: string): FunctionProcess {
  const [found] = [...system.functions].filter(([logicalId]) => logicalId.includes(name));
  if (found === undefined) throw new Error(`There is no ${name}`);
  return found[1];
}

async function post() {
  const url = `${system.outputs["CallbackUrl"]}?${signedQuery(nowInSeconds())}`;
  const response = await fetch(url, { method: "POST", body: JSON.stringify(READ_REPORT) });
  return { status: response.status, reply: (await response.json()) as object };
}

describe("The local system, when the function", () => {
  test("hangs, answers 500 after the function's 10 s, reports the cause, and serves the next request", async () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    process.kill(callbackFunction.pid ?? Number.NaN, "SIGSTOP");
    const answer = post();
    const [runOut] = await vi.waitUntil(() => timers.mock.calls.find(([, delay]) => delay === 10_000), WAITING);
    (runOut as () => void)();
    expect(await answer).toEqual({ status: 500, reply: { message: "Internal Server Error" } });
    expect(failures).toEqual([
      expect.stringMatching(/^ChatEventsCallbackFunction\w+ took longer than 10 s and was killed$/),
    ]);
    expect((await post()).status).toBe(200);
  });

  test("is killed between two requests, serves the next one with a new process", async () => {
    const { pid = Number.NaN } = callbackFunction;
    process.kill(pid, "SIGKILL");
    await vi.waitUntil(() => callbackFunction.pid === undefined, WAITING);
    expect((await post()).status).toBe(200);
    expect(callbackFunction.pid).not.toBe(pid);
  });

  test("is killed again and again under load, has stored every event that it answered with OK", async () => {
    let killing = true;
    const accepted: string[] = [];
    const send = async (sender: number) => {
      for (let count = 0; killing; count += 1) {
        const Report_Account = `sender ${sender}, ${count}`;
        const body = JSON.stringify({ ...READ_REPORT, Report_Account });
        const url = `${system.outputs["CallbackUrl"]}?${signedQuery(nowInSeconds())}`;
        const { status } = await fetch(url, { method: "POST", body });
        if (status === 200) accepted.push(Report_Account);
      }
    };
    const senders = Array.from({ length: 8 }, (_, sender) => send(sender));
    for (let kills = 0; kills < 6; kills += 1) {
      // Random moments, and with eight senders always in the middle of a callback.
      const moment = accepted.length + Math.random() * 100;
      await vi.waitUntil(() => accepted.length > moment, WAITING);
      const { pid = Number.NaN } = callbackFunction;
      process.kill(pid, "SIGKILL");
      await vi.waitUntil(() => callbackFunction.pid !== pid, WAITING);
      // It has started again when it answers.
      await vi.waitUntil(async () => (await post()).status === 200, WAITING);
    }
    killing = false;
    await Promise.all(senders);
    expect(accepted.length).toBeGreaterThan(0);
    const delivered = messages.map(({ body }) => (JSON.parse(body) as ChatEvent).detail.data.Report_Account);
    for (const account of accepted) expect(delivered).toContain(account);
  });
});

describe("The local system", () => {
  test("runs only the functions that a route or a queue leads to", () => {
    const names = [...system.functions.keys()].map((name) => name.replace(/.{8}$/, ""));
    expect(names).toEqual(["ChatEventsCallbackFunction", "ChatEventsRepublishingFunction"]);
  });

  test("moves events from standby to the destination, also after the function was killed", async () => {
    const sqs = new SQSClient({
      endpoint: system.sqsEndpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
    });
    for (const Report_Account of ["waited", "waited longer"]) {
      messages.length = 0;
      const MessageBody = toJson(exampleEvent({ Report_Account }));
      await sqs.send(new SendMessageCommand({ QueueUrl: system.standbyQueueUrl, MessageBody }));
      const arrived = () => messages.filter(({ queueName }) => queueName.endsWith(".fifo"));
      await vi.waitUntil(() => arrived().length === 1, WAITING);
      expect(JSON.parse(arrived()[0]?.body ?? "")).toMatchObject({
        detail: { metadata: { republished: true }, data: { Report_Account } },
      });
      const republishing = functionNamed("RepublishingFunction");
      process.kill(republishing.pid ?? Number.NaN, "SIGKILL");
      // A message it gets until then would come back after three minutes.
      await vi.waitUntil(() => republishing.pid === undefined, WAITING);
    }
    sqs.destroy();
  });
});

describe("The local system, when it breaks its", () => {
  test("function on the next request, answers 500, and serves the one after it", async () => {
    faults.break("function", "kill", 1);
    expect([(await post()).status, (await post()).status]).toEqual([500, 200]);
    expect(failures.at(-1)).toMatch(/CallbackFunction\w+ was killed$/);
  });

  test.each([
    ["destination", { destination: 0, standby: 1 }],
    ["standby", { destination: 1, standby: 0 }],
  ] as const)("%s, breaks nothing else", async (part, stored) => {
    const { destination = "", standby = "" } = system.parts.queues;
    const earlier = messages.length;
    faults.break(part, "refuse");
    expect((await post()).status).toBe(200);
    const taken = messages.slice(earlier).filter(({ body }) => !body.includes('"republished"'));
    expect([destination, standby].map((name) => taken.filter(({ queueName }) => queueName === name).length)).toEqual([
      stored.destination,
      stored.standby,
    ]);
  });
});

test("The local system names its parts by what they are for", () => {
  expect(system.parts).toEqual({
    destination: "fifo",
    eventBusName: undefined,
    queues: {
      destination: expect.stringMatching(/FifoQueue\w{8}\.fifo$/),
      "dead-letters": expect.stringMatching(/FifoQueueDlq\w{8}\.fifo$/),
      standby: expect.stringMatching(/StandbyQueue\w{8}$/),
      "standby-dead-letters": expect.stringMatching(/StandbyDeadLetterQueue\w{8}$/),
    },
  });
});
