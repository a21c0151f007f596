import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { receiveEvents } from "../../bin/receive/receive-events.ts";
import { main } from "../../bin/receive.ts";
import { connectToQueue } from "../../bin/replay/publish.ts";
import { main as send } from "../../bin/send.ts";
import type { ChatEvent } from "../../events/chat-event.ts";
import { toJson } from "../../events/json.ts";
import { awsFault, startFaultyEndpoint } from "../../local/faulty-endpoint.ts";
import { queueReference } from "../../local/queues.ts";
import { run } from "../support/command.ts";
import { exampleEvent } from "../support/example-event.ts";
import { startQueue } from "../support/replay.ts";
import { startInProcess } from "../support/start.ts";

/** Events of one FIFO group, as `LastReadTime` is no part of it. */
const eventsOf = (Report_Account: string, amount: number) =>
  Array.from({ length: amount }, (_, index) => exampleEvent({ Report_Account, LastReadTime: index }));

/** Starts a queue that holds events. */
async function startQueueWith(events: readonly ChatEvent[], name?: string) {
  const queue = await startQueue(name);
  const publish = await connectToQueue(queue.queueUrl);
  for (const event of events) await publish(event);
  return queue;
}

/** Starts a FIFO queue whose messages become dead letters after three receives. */
async function startQueueWithDeadLetters(events: readonly ChatEvent[]) {
  const { queues, endpoint } = await startQueue("dead.fifo");
  const RedrivePolicy = {
    deadLetterTargetArn: queueReference(endpoint, "dead.fifo").attributes["Arn"],
    maxReceiveCount: 3,
  };
  await queues.create("redriven.fifo", { FifoQueue: true, RedrivePolicy });
  const queueUrl = queueReference(endpoint, "redriven.fifo").ref;
  const publish = await connectToQueue(queueUrl);
  for (const event of events) await publish(event);
  return { queues, queueUrl };
}

const receive = (queueUrl: string, ...options: string[]) => run(main, "--queue-url", queueUrl, ...options);

const eventsIn = (stdout: string) =>
  stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as ChatEvent);

describe("npm run receive", () => {
  test("prints the events in the local system's queue, each as one line of JSON, and deletes them", async () => {
    const { ready, stop } = await startInProcess();
    onTestFinished(async () => void (await stop()));
    const url = ["--url", ready.callbackUrl];
    for (const reader of ["alice", "甲😀"]) await run(send, ...url, "--reader", reader);
    const { stdout, stderr, exitCode } = await run(main, ...url);
    expect({ stderr, exitCode }).toEqual({ stderr: "2 events received and deleted.\n", exitCode: 0 });
    expect(eventsIn(stdout).map(({ detail }) => detail.data)).toEqual([
      expect.objectContaining({ Report_Account: "alice", Peer_Account: "bob" }),
      expect.objectContaining({ Report_Account: "甲😀", Peer_Account: "bob" }),
    ]);
    expect(await run(main, ...url)).toEqual({ stdout: "", stderr: "No event received.\n", exitCode: 0 });
  });

  test("goes on until the queue is empty, also within a FIFO group, whose order it keeps", async () => {
    const events = eventsOf("alice", 12);
    const { queueUrl } = await startQueueWith(events);
    const { stdout, stderr } = await receive(queueUrl);
    expect(eventsIn(stdout).map(({ detail }) => detail.data)).toEqual(events.map(({ detail }) => detail.data));
    expect(stderr).toBe("12 events received and deleted.\n");
  });

  test("with --keep leaves the events, visible at once, and says that each receive counts", async () => {
    const { queues, queueUrl } = await startQueueWithDeadLetters(
      Array.from({ length: 12 }, (_, index) => exampleEvent({ Report_Account: `reader${index}` })),
    );
    for (let receives = 1; receives <= 3; receives += 1) {
      const { stdout, stderr, exitCode } = await receive(queueUrl, "--keep");
      expect(eventsIn(stdout).length).toBe(12);
      expect(stderr).toBe("12 events received.\nEach receive counts: after 3, an event becomes a dead letter.\n");
      expect(exitCode).toBe(0);
    }
    expect((await receive(queueUrl)).stderr).toBe("No event received.\n");
    expect((await queues.receive("dead.fifo", 10)).length).toBe(10);
  });

  test("with --keep says how many events of the same FIFO groups it could not get", async () => {
    const { queueUrl } = await startQueueWith(eventsOf("alice", 3));
    const { stdout, stderr } = await receive(queueUrl, "--keep");
    expect(eventsIn(stdout).length).toBe(1);
    expect(stderr).toBe(
      "1 event received.\n2 more messages must wait until those before them in their groups are deleted.\n",
    );
  });

  test("says how many messages another consumer's receive hides, and for how long", async () => {
    const { queues, queueUrl } = await startQueueWith(eventsOf("alice", 3));
    await queues.receive("events.fifo", 1);
    expect(await receive(queueUrl)).toEqual({
      stdout: "",
      stderr:
        "No event received.\n1 message is hidden after being received: unless deleted, visible again within 30 s.\n" +
        "2 more messages must wait until those before them in their groups are deleted.\n",
      exitCode: 0,
    });
  });

  test("says how many messages are delayed", async () => {
    const { queues, endpoint } = await startQueue("other");
    await queues.create("delayed", { DelaySeconds: 900 });
    await queues.send("delayed", toJson(exampleEvent()));
    const { stderr } = await receive(queueReference(endpoint, "delayed").ref);
    expect(stderr).toBe("No event received.\n1 message not visible yet: sent with a delay.\n");
  });

  test("leaves in the queue what is not an event, visible at once, and quotes none of it", async () => {
    const { queues, queueUrl } = await startQueueWith(eventsOf("alice", 1), "events");
    const others = ["not JSON", '{"parkedRequest":{"rawQueryString":"Sign=0123"},"receivedAt":1}'];
    for (const body of others) await queues.send("events", body);
    const { stdout, stderr, exitCode } = await receive(queueUrl);
    expect(eventsIn(stdout).length).toBe(1);
    expect(stderr).toMatch(
      /^(Message [\w-]+ stays in the queue\. Not a valid chat event: .*\n){2}1 event received and deleted\.\n$/,
    );
    expect(stdout + stderr).not.toContain("Sign");
    expect(exitCode).toBe(0);
    expect((await queues.receive("events", 10)).map(({ Body }) => Body).toSorted()).toEqual(others.toSorted());
  });

  test("prints an event on one line of JSON without control characters, however it was written", async () => {
    const { queues, queueUrl } = await startQueue("events");
    const event = exampleEvent({ Report_Account: "\u009b2J" });
    await queues.send("events", JSON.stringify(event, undefined, "\t").replaceAll("\n", "\r\n"));
    const { stdout } = await receive(queueUrl);
    expect(stdout).toMatch(/^[^\p{Cc}]+\n$/u);
    expect(eventsIn(stdout)).toEqual([event]);
  });

  test("deletes no event that could not be printed", async () => {
    const { queues, queueUrl } = await startQueueWith(eventsOf("alice", 1));
    const stdout = { write: (_text: string, done?: (error: Error) => void) => done?.(new Error("write EPIPE")) };
    expect(await run((argv, io) => main(argv, { ...io, stdout }), "--queue-url", queueUrl)).toEqual({
      stdout: "",
      stderr: "Output can't be written (write EPIPE): the events stay in the queue\n",
      exitCode: 1,
    });
    expect((await queues.receive("events.fifo", 1)).length).toBe(1);
  });

  test("waits for a message at each receive in AWS, where an answer without waiting may miss some", async () => {
    const waits: unknown[] = [];
    const Attributes = { SentTimestamp: "0" };
    const batches: Message[][] = [[{ MessageId: "1", Body: toJson(exampleEvent()), Attributes }], []];
    const sqs = {
      async send({ input }: { readonly input: { readonly WaitTimeSeconds?: number } }) {
        if (input.WaitTimeSeconds === undefined) return {};
        waits.push(input.WaitTimeSeconds);
        return { Messages: batches.shift() };
      },
    } as unknown as SQSClient;
    const queueUrl = "https://sqs.eu-central-1.amazonaws.com/123456789012/events.fifo";
    expect(await receiveEvents(sqs, { queueUrl, keep: false, print: async () => {} })).toMatchObject({ printed: 1 });
    expect(waits).toEqual([1, 1]);
  });

  test("ends although events keep arriving", async () => {
    const { queueUrl } = await startQueueWith(eventsOf("alice", 1));
    const publish = await connectToQueue(queueUrl);
    let arrived = 0;
    const { exitCode } = await run(
      (argv, io) => {
        const stdout = {
          write(_text: string, done?: () => void) {
            arrived += 1;
            void publish(exampleEvent({ Report_Account: "carol", LastReadTime: arrived })).then(done);
          },
        };
        return main(argv, { ...io, stdout });
      },
      ...["--queue-url", queueUrl],
    );
    expect(exitCode).toBe(0);
    expect(eventsIn((await receive(queueUrl)).stdout).length).toBe(1);
  });
});

describe("npm run receive ends with one line and exit code 1", () => {
  test.each([
    [
      ["--url", "http://127.0.0.1:1/callback"],
      "No local system runs at http://127.0.0.1:1/callback: run 'npm start', or give a queue's URL with --queue-url\n",
    ],
    [
      ["--url", "http://127.0.0.1:1/", "--queue-url", "http://127.0.0.1:1/1/q"],
      "--url and --queue-url name two queues: expected only one of them\n",
    ],
    [
      ["--queue-url", "q.fifo"],
      "--queue-url is 'q.fifo': expected a queue's URL, such as the stack's output QueueUrl\n",
    ],
    [
      ["--queue-url", "http://127.0.0.1:1/1/q"],
      "http://127.0.0.1:1/1/q did not answer (ECONNREFUSED). Start the local system with 'npm start'\n",
    ],
  ])("with %j", async (options, stderr) => {
    vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await run(main, ...options)).toEqual({ stdout: "", stderr, exitCode: 1 });
  });

  test("without credentials for a queue in AWS", async () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) vi.stubEnv(name, "/nowhere");
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, undefined);
    expect(await receive("https://sqs.eu-central-1.amazonaws.com/123456789012/events.fifo")).toEqual({
      stdout: "",
      stderr: "No AWS credentials: export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n",
      exitCode: 1,
    });
  });

  test.each([
    ["receive", "ReceiveMessage", awsFault(403, "AccessDenied", "no\u001b[2J"), /^http.*: no\\u001b\[2J\n$/],
    ["delete", "DeleteMessageBatch", awsFault(403, "AccessDenied"), /^http.*: made to fail\n$/],
    [
      "delete one event",
      "DeleteMessageBatch",
      { status: 200, body: '{"Failed":[{"Id":"0","Code":"InternalError","Message":"no","SenderFault":false}]}' },
      /^http.*: an event was printed but not deleted, so it comes again: no\n$/,
    ],
  ])("if the queue refuses to %s, which stays in the queue", async (_what, refused, fault, stderr) => {
    const { endpoint, queues } = await startQueueWith(eventsOf("alice", 1));
    const faulty = await startFaultyEndpoint(endpoint);
    onTestFinished(() => faulty.close());
    faulty.fail = ({ operation }) => (operation === refused ? fault : undefined);
    const result = await receive(queueReference(faulty.url, "events.fifo").ref);
    expect(result.stderr).toMatch(stderr);
    expect(result.exitCode).toBe(1);
    expect((await queues.receive("events.fifo", 1)).length).toBe(1);
  });
});
