import { buildFunctions } from "../bin/build/build-functions.ts";
import { bundleFile } from "../lib/bundles.ts";
import { FunctionProcess } from "../local/function-process.ts";
import { queueReference, type SentMessage, startQueues } from "../local/queues.ts";
import { startSecrets } from "../local/secrets.ts";
import { SDK_APP_ID, TOKEN } from "./subjects.ts";

/** How the bundle is to run. */
export interface CallbackBundleOptions {
  readonly queueType: "fifo" | "standard";
  /** Is told of every message that a queue took or dropped. */
  readonly onMessage?: (message: SentMessage) => void;
  /** Is told every line of the function's log. */
  readonly onLine?: (line: string) => void;
  /** Stands between the function and SQS, if anything does: takes SQS's URL and gives its own. */
  readonly front?: (endpoint: string) => Promise<string>;
}

/** The callback function's bundle in a process of its own, with the stand-ins of SQS and Secrets Manager behind it. */
export async function startCallbackBundle({ queueType, onMessage, onLine, front }: CallbackBundleOptions) {
  await buildFunctions();
  const queues = await startQueues(onMessage ?? (() => {}));
  const secrets = await startSecrets();
  secrets.create("arn", TOKEN);
  const name = queueType === "fifo" ? "events.fifo" : "events";
  await queues.create(name, queueType === "fifo" ? { FifoQueue: true } : {});
  await queues.create("standby", {});
  const queueUrl = queueReference(queues.endpoint, name).ref;
  const environment = {
    SDK_APP_ID,
    TOKEN_SECRET_ARN: "arn",
    QUEUE_URL: queueUrl,
    STANDBY_QUEUE_URL: queueReference(queues.endpoint, "standby").ref,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_ENDPOINT_URL_SQS: front ? await front(queues.endpoint) : queues.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
  };
  const process = new FunctionProcess(
    { name: "callback", bundle: bundleFile("callback"), environment, timeoutMilliseconds: 10_000 },
    onLine ?? (() => {}),
  );
  await process.start();
  const requestContext = { accountId: "000000000000", requestId: "id", http: { sourceIp: "127.0.0.1" } };
  return {
    process,
    endpoint: queues.endpoint,
    queueUrl,
    /** @returns the status of the reply */
    async post(rawQueryString: string, body: string): Promise<number> {
      const reply = await process.invoke({ rawQueryString, body, isBase64Encoded: false, requestContext });
      return (reply as { statusCode: number }).statusCode;
    },
    async close(): Promise<void> {
      await process.stop();
      await Promise.all([secrets.close(), queues.close()]);
    },
  };
}
