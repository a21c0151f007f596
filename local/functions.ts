import { randomUUID } from "node:crypto";
import { EVENT_SOURCE } from "../events/chat-event.ts";
import type { EnvironmentVariables } from "../functions/environment.ts";
import { BATCH_SIZE } from "../functions/republish/pace.ts";
import { bundleFile, type FunctionName } from "../lib/bundles.ts";
import type { Reply } from "../tencent/reply.ts";
import { startEventBus } from "./event-bus.ts";
import { type Batch, drain } from "./event-source.ts";
import { type FaultyEndpoint, startFaultyEndpoint } from "./faulty-endpoint.ts";
import { FunctionProcess } from "./function-process.ts";
import type { QueueObserver } from "./queue-observer.ts";
import { type LocalQueues, queueReference, startQueues } from "./queues.ts";
import { startSecrets } from "./secrets.ts";
import { LOOPBACK } from "./server.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "./template.ts";

/** Where the functions send events: a queue of either type, or a bus with a rule that delivers to a standard queue. */
export const DESTINATIONS = ["fifo", "standard", "bus"] as const;

/** One of {@link DESTINATIONS}. */
export type DestinationKind = (typeof DESTINATIONS)[number];

/** How to run the functions. */
export interface FunctionsOptions {
  readonly sdkAppId: string;
  /** The callback token, which Secrets Manager holds. */
  readonly token: string;
  readonly destination: DestinationKind;
  /** Environment variables to add or to change; the functions take an empty one for a missing one. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Leads the functions straight to the services, to measure throughput; no call can then be made to fail. */
  readonly withoutFaults?: boolean;
  /** Called for every message that a queue took or dropped. */
  readonly onMessage?: NonNullable<QueueObserver["sent"]>;
  /** Called for every line that a function logs. */
  readonly onLine?: (line: string) => void;
}

/** The callback and republish functions, and the services behind them. */
export interface RunningFunctions {
  /** The callback function's process; unless started before, it starts with the first invocation. */
  readonly callback: FunctionProcess;
  readonly queues: LocalQueues;
  /** The URL of a queue. */
  queueUrl(name: string): string;
  /** The queue that events end up in. */
  readonly eventsQueue: string;
  /** The endpoints that the functions call for SQS, EventBridge and Secrets Manager. They pass calls on, or fail them. */
  readonly sqs: FaultyEndpoint;
  readonly eventBridge: FaultyEndpoint;
  readonly secretsManager: FaultyEndpoint;
  /**
   * Invokes the callback function as API Gateway does.
   *
   * @param body a buffer arrives base64-encoded, text as it is
   */
  post(rawQueryString: string, body: string | Buffer, sourceIp?: string): Promise<Reply>;
  /** Invokes the republish function until no message on standby is visible. */
  republish(): Promise<Batch>;
  /** Ends both functions, once every line they logged has been told. */
  stop(): Promise<void>;
  /** Ends the functions and stops the services. */
  close(): Promise<void>;
}

const SECRET_ARN = `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:token`;
const EVENT_BUS_NAME = "bus";
const HOST = "api.example";

/** The queue of events and requests that wait for the republish function. */
export const STANDBY_QUEUE = "standby";
/** Its dead-letter queue. */
export const STANDBY_DEAD_LETTER_QUEUE = "standby-dead-letters";

/**
 * Runs the bundles of the callback and republish functions, which have to be built, in processes of their own. AWS's
 * services are the local system's stand-ins. In contrast to the local system, no stack is synthesised, and any call to a
 * service can be made to fail.
 */
export async function startFunctions(options: FunctionsOptions): Promise<RunningFunctions> {
  const services = await startServices(options);
  const { queues, eventsQueue, sqs, eventBridge, secretsManager } = services;
  const environment = environmentFor(options, services);
  const run = (name: FunctionName, timeoutMilliseconds: number) =>
    new FunctionProcess({ name, bundle: bundleFile(name), environment, timeoutMilliseconds }, options.onLine ?? ignore);
  const callback = run("callback", 10_000);
  const republish = run("republish", 30_000);
  const stop = async () => {
    await Promise.all([callback.stop(), republish.stop()]);
  };
  return {
    ...{ callback, queues, eventsQueue, sqs, eventBridge, secretsManager, stop },
    queueUrl: (name) => queueReference(queues.endpoint, name).ref,
    post: async (rawQueryString, body, sourceIp = LOOPBACK) =>
      (await callback.invoke(toInvocation(rawQueryString, body, sourceIp))) as Reply,
    republish: () => drain({ queueName: STANDBY_QUEUE, batchSize: BATCH_SIZE, process: republish }, queues),
    async close() {
      await stop();
      await Promise.all(services.servers.map((server) => server.close()));
    },
  };
}

type Services = Awaited<ReturnType<typeof startServices>>;

async function startServices({ token, destination, onMessage = ignore }: FunctionsOptions) {
  const queues = await startQueues({ sent: onMessage });
  const eventsQueue = destination === "fifo" ? "events.fifo" : "events";
  await queues.create(eventsQueue, destination === "fifo" ? { FifoQueue: true } : {});
  await queues.create(STANDBY_QUEUE, { VisibilityTimeout: 180 });
  await queues.create(STANDBY_DEAD_LETTER_QUEUE, {});
  const secrets = await startSecrets();
  secrets.create(SECRET_ARN, token);
  const bus = await startEventBus();
  bus.addRule({
    eventBusName: EVENT_BUS_NAME,
    pattern: { source: [EVENT_SOURCE] },
    deliver: (event) => queues.send(eventsQueue, event),
  });
  const sqs = await startFaultyEndpoint(queues.endpoint);
  const eventBridge = await startFaultyEndpoint(bus.endpoint);
  const secretsManager = await startFaultyEndpoint(secrets.endpoint);
  const servers = [sqs, eventBridge, secretsManager, secrets, bus, queues];
  return { queues, eventsQueue, secrets, bus, sqs, eventBridge, secretsManager, servers };
}

function environmentFor(
  { sdkAppId, destination, withoutFaults, environment }: FunctionsOptions,
  { queues, eventsQueue, secrets, bus, sqs, eventBridge, secretsManager }: Services,
): Record<string, string> {
  const url = (queue: string) => queueReference(queues.endpoint, queue).ref;
  const variables = {
    SDK_APP_ID: sdkAppId,
    TOKEN_SECRET_ARN: SECRET_ARN,
    ...(destination === "bus" ? { EVENT_BUS_NAME } : { QUEUE_URL: url(eventsQueue) }),
    STANDBY_QUEUE_URL: url(STANDBY_QUEUE),
    STANDBY_DEAD_LETTER_QUEUE_URL: url(STANDBY_DEAD_LETTER_QUEUE),
  } satisfies EnvironmentVariables;
  return {
    ...variables,
    AWS_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_ENDPOINT_URL_SQS: withoutFaults ? queues.endpoint : sqs.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: withoutFaults ? bus.endpoint : eventBridge.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: withoutFaults ? secrets.endpoint : secretsManager.url,
    ...environment,
  };
}

/** A request as API Gateway hands it over, as far as the function reads it. */
function toInvocation(rawQueryString: string, body: string | Buffer, sourceIp: string): object {
  const isBase64Encoded = typeof body !== "string";
  return {
    version: "2.0",
    routeKey: "POST /callback",
    rawPath: "/callback",
    rawQueryString,
    headers: {
      "content-type": "application/json",
      host: HOST,
      // Anyone can send this header, so nothing may believe it.
      "x-forwarded-for": "203.0.113.200",
    },
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      domainName: HOST,
      http: { method: "POST", sourceIp },
      requestId: randomUUID(),
    },
    body: isBase64Encoded ? body.toString("base64") : body,
    isBase64Encoded,
  };
}

function ignore(): void {}
