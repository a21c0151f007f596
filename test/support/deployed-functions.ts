import type { TestContext } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import { bundleFile, type FunctionName } from "../../lib/bundles.ts";
import { startEventBus } from "../../local/event-bus.ts";
import { startFaultyEndpoint } from "../../local/faulty-endpoint.ts";
import { FunctionProcess } from "../../local/function-process.ts";
import { queueReference, startQueues } from "../../local/queues.ts";
import { startSecrets } from "../../local/secrets.ts";
import { SDK_APP_ID, TOKEN } from "./callbacks.ts";
import type { FunctionReply } from "./function.ts";

const SECRET_ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:token";

/** Where events go. */
export const DESTINATIONS = ["fifo", "standard", "bus"] as const;
export type DestinationKind = (typeof DESTINATIONS)[number];

/**
 * Both functions' bundles in processes of their own, with real queues, a bus, and endpoints in between that can be made to
 * fail. Everything is stopped when the test ends.
 *
 * @param context the test's, as several run at a time
 * @param changes environment variables that are to be different
 */
export async function startDeployedFunctions(
  destination: DestinationKind,
  { onTestFinished }: TestContext,
  changes: Readonly<Record<string, string>> = {},
) {
  const queues = await startQueues(({ queueName, body, dropped }) => {
    if (queueName === "standby-dead") deadLetters.push(body);
    else if (queueName !== "standby" && !dropped) delivered.push(JSON.parse(body) as ChatEvent);
  });
  const delivered: ChatEvent[] = [];
  const deadLetters: string[] = [];
  for (const [name, properties] of Object.entries({
    "events.fifo": { FifoQueue: true },
    events: {},
    standby: { VisibilityTimeout: 180 },
    "standby-dead": {},
  })) {
    await queues.create(name, properties);
  }
  const bus = await startEventBus();
  bus.addRule({
    eventBusName: "bus",
    pattern: { source: ["tencent.chat"] },
    deliver: async (event) => void delivered.push(JSON.parse(event) as ChatEvent),
  });
  const secrets = await startSecrets();
  secrets.create(SECRET_ARN, TOKEN);
  const sqs = await startFaultyEndpoint(queues.endpoint);
  const eventBridge = await startFaultyEndpoint(bus.endpoint);
  const secretsManager = await startFaultyEndpoint(secrets.endpoint);

  const lines: string[] = [];
  const url = (name: string) => queueReference(queues.endpoint, name).ref;
  const environment = {
    SDK_APP_ID,
    TOKEN_SECRET_ARN: SECRET_ARN,
    ...(destination === "bus"
      ? { EVENT_BUS_NAME: "bus" }
      : { QUEUE_URL: url(destination === "fifo" ? "events.fifo" : "events") }),
    STANDBY_QUEUE_URL: url("standby"),
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_ENDPOINT_URL_SQS: sqs.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    ...changes,
  };
  const run = (name: FunctionName, timeoutMilliseconds: number, variables = {}) =>
    new FunctionProcess(
      { name, bundle: bundleFile(name), environment: { ...environment, ...variables }, timeoutMilliseconds },
      (line) => lines.push(line),
    );
  const callback = run("callback", 10_000);
  const republish = run("republish", 30_000, { STANDBY_DEAD_LETTER_QUEUE_URL: url("standby-dead") });
  onTestFinished(async () => {
    await Promise.all([callback.stop(), republish.stop()]);
    const servers = [sqs, eventBridge, secretsManager, secrets, bus, queues];
    await Promise.all(servers.map((server) => server.close()));
  });

  return {
    /** What reached the destination, without what a FIFO queue dropped. */
    delivered,
    deadLetters,
    /** What the functions wrote to their logs so far. */
    lines,
    queues,
    queueUrl: url,
    /** In front of the queues. */
    sqs,
    eventBridge,
    secretsManager,
    start: () => callback.start(),
    /** The reply to a callback. */
    async post(rawQueryString: string, body: string): Promise<FunctionReply> {
      const requestContext = { accountId: "123456789012", http: { sourceIp: "203.0.113.7" }, requestId: "id" };
      return (await callback.invoke({ rawQueryString, body, isBase64Encoded: false, requestContext })) as FunctionReply;
    },
    /** Makes hidden messages of the standby queue visible, as if their time were over. */
    async showHidden(receiptHandles: readonly string[]): Promise<void> {
      for (const handle of receiptHandles) await queues.show("standby", handle);
    },
    /**
     * Empties the standby queue as Lambda does: hands over what is there, and deletes what the function does not name.
     *
     * @returns how many messages were dealt with
     */
    async republishAll(): Promise<number> {
      for (let done = 0; ; ) {
        const messages = await queues.receive("standby", 10, AbortSignal.timeout(5_000), 0);
        if (messages.length === 0) return done;
        const Records = messages.map(({ MessageId, ReceiptHandle, Body, Attributes }) => ({
          messageId: MessageId,
          receiptHandle: ReceiptHandle,
          body: Body,
          attributes: Attributes,
        }));
        const { batchItemFailures } = (await republish.invoke({ Records })) as {
          batchItemFailures: { itemIdentifier: string }[];
        };
        const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        for (const { MessageId, ReceiptHandle } of messages) {
          if (failed.has(MessageId)) continue;
          await queues.delete("standby", ReceiptHandle);
          done += 1;
        }
      }
    },
    /** Ends both functions, so that nothing is still on its way to their logs. */
    async stop(): Promise<void> {
      await Promise.all([callback.stop(), republish.stop()]);
    },
  };
}
