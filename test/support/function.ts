import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import { bundleFile } from "../../lib/bundles.ts";
import { startFaultyEndpoint } from "../../local/faulty-endpoint.ts";
import { FunctionProcess } from "../../local/function-process.ts";
import { queueReference, type SentMessage, startQueues } from "../../local/queues.ts";
import { startSecrets } from "../../local/secrets.ts";
import { SDK_APP_ID, TOKEN } from "./callbacks.ts";

const SECRET_ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:token";

/** The reply of the callback function. */
export interface FunctionReply {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/**
 * The callback function's bundle in a process of its own, with real queues behind it and endpoints in between that can
 * be made to fail. Everything is stopped when the test ends.
 *
 * @param environment variables that are to be different; an empty one counts as missing
 */
export async function startFunction(environment: Readonly<Record<string, string>> = {}) {
  const messages: SentMessage[] = [];
  const lines: string[] = [];
  const queues = await startQueues((message) => messages.push(message));
  const secrets = await startSecrets();
  secrets.create(SECRET_ARN, TOKEN);
  const sqs = await startFaultyEndpoint(queues.endpoint);
  const secretsManager = await startFaultyEndpoint(secrets.endpoint);
  await queues.create("events.fifo", { FifoQueue: true });
  await queues.create("standby", {});

  const definition = {
    name: "callback",
    bundle: bundleFile("callback"),
    environment: {
      SDK_APP_ID,
      TOKEN_SECRET_ARN: SECRET_ARN,
      QUEUE_URL: queueReference(queues.endpoint, "events.fifo").ref,
      STANDBY_QUEUE_URL: queueReference(queues.endpoint, "standby").ref,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "id",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_ENDPOINT_URL_SQS: sqs.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      ...environment,
    },
    timeoutMilliseconds: 10_000,
  };
  const process = new FunctionProcess(definition, (line) => lines.push(line));
  onTestFinished(async () => {
    await process.stop();
    await Promise.all([sqs.close(), secretsManager.close(), secrets.close(), queues.close()]);
  });

  return {
    /** What reached the queues: `events.fifo` is the destination, `standby` the standby queue. */
    messages,
    /** What the function wrote to its log so far. */
    lines,
    /** All that the function wrote to its log: stops it, so that nothing is still on its way. */
    async log(): Promise<string[]> {
      await process.stop();
      return lines;
    },
    sqs,
    secretsManager,
    start: () => process.start(),
    /** Invokes the function with any event. */
    invoke: (event: unknown) => process.invoke(event),
    /** Invokes the function as API Gateway would. */
    async post(rawQueryString: string, body: string | Buffer, sourceIp = "203.0.113.7"): Promise<FunctionReply> {
      const event = {
        version: "2.0",
        routeKey: "POST /callback",
        rawPath: "/callback",
        rawQueryString,
        requestContext: { accountId: "123456789012", http: { sourceIp }, requestId: randomUUID() },
        // Anybody can send it: nothing may believe it.
        headers: { "x-forwarded-for": "203.0.113.200" },
        body: Buffer.from(body).toString("base64"),
        isBase64Encoded: true,
      };
      return (await process.invoke(event)) as FunctionReply;
    },
  };
}

/** A JSON object. */
export function parse(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

/** The lines of a function's log that have a certain message. */
export function logged(lines: readonly string[], message: string): Record<string, unknown>[] {
  return lines.map(parse).filter((line) => line["message"] === message);
}
