import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { EnvironmentVariables } from "../functions/environment.ts";
import type { TencentChatEventsProps } from "../lib/tencent-chat-events-props.ts";
import { startEventBus } from "./event-bus.ts";
import { startEventSource } from "./event-source.ts";
import { type FunctionError, FunctionProcess } from "./function-process.ts";
import { createHttpApi, type Exchange } from "./http-api.ts";
import { queueReference, type SentMessage, startQueues } from "./queues.ts";
import { queueName, readEventSources, readFunctions, readRoutes, readRules, synthesise } from "./read-stack.ts";
import { startSecrets } from "./secrets.ts";
import { close, listen } from "./server.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "./template.ts";

/** Options of the local system. */
export interface LocalSystemOptions extends TencentChatEventsProps {
  /** The port of the callback URL; 0 picks a free one. */
  readonly port: number;
  /** The callback token. */
  readonly token: string;
}

/** Who is told what happens. */
export interface Observer {
  /** A request was answered. */
  exchange(exchange: Exchange): void;
  /** A message was sent to a queue; it stays there. */
  message(message: SentMessage): void;
  /** A function wrote a line to its log. */
  log(functionName: string, line: string): void;
  /** A function failed in a way its caller learns nothing of. */
  failure(error: FunctionError): void;
}

/** The running system. */
export interface LocalSystem {
  /** The stack's outputs, such as `CallbackUrl` and `QueueUrl`. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly sqsEndpoint: string;
  readonly standbyQueueUrl: string;
  /** The functions' processes, by their logical ids. */
  readonly functions: ReadonlyMap<string, FunctionProcess>;
  /** Stops everything. */
  close(): Promise<void>;
}

const STANDBY_VARIABLE = "STANDBY_QUEUE_URL" satisfies keyof EnvironmentVariables;

/**
 * Runs the stack on this machine: synthesises it, and brings up what stands in the template with the bundles that would
 * be deployed. AWS's services are stand-ins that the functions reach over HTTP, as they reach AWS.
 *
 * @param interruption stops the start between two of its steps; what has been started by then is stopped first
 * @throws {Error} when the port is taken or the configuration contradicts itself; the reason of an interruption
 */
export async function startLocalSystem(
  options: LocalSystemOptions,
  observer: Observer,
  interruption?: AbortSignal,
): Promise<LocalSystem> {
  interruption?.throwIfAborted();
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "tencent-chat-events-"));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const template = await synthesise(options, folder);
  // Synthesis blocks the event loop, so signals are noticed only now.
  await setImmediate();
  interruption?.throwIfAborted();

  const queues = await startQueues((message) => observer.message(message));
  starting.defer(queues.close);
  const queueResources = template.ofType("AWS::SQS::Queue");
  for (const { logicalId, properties } of queueResources) {
    template.bind(logicalId, queueReference(queues.endpoint, queueName(logicalId, properties)));
  }
  for (const { logicalId, properties } of queueResources) {
    await queues.create(queueName(logicalId, properties), template.resolve(properties) as Record<string, unknown>);
  }

  const secrets = await startSecrets();
  starting.defer(secrets.close);
  for (const { logicalId } of template.ofType("AWS::SecretsManager::Secret")) {
    const arn = `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${logicalId}`;
    template.bind(logicalId, { ref: arn, attributes: {} });
    secrets.create(arn, options.token);
  }

  const eventBus = await startEventBus();
  starting.defer(eventBus.close);
  for (const { logicalId } of template.ofType("AWS::Events::EventBus")) {
    template.bind(logicalId, { ref: logicalId, attributes: {} });
  }
  for (const rule of readRules(template, queues)) eventBus.addRule(rule);

  const endpoints = {
    AWS_ENDPOINT_URL_SQS: queues.endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: eventBus.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
  };
  const definitions = readFunctions(template, folder, endpoints);
  const functions = new Map(
    definitions.map((definition) => {
      const { name } = definition;
      return [name, new FunctionProcess(definition, (line) => observer.log(name, line))];
    }),
  );
  starting.defer(async () => {
    await Promise.all([...functions.values()].map((process) => process.stop()));
  });
  interruption?.throwIfAborted();
  // One that does not start is no reason to stop: its callers are answered 500, as they would be by API Gateway.
  await Promise.all(
    [...functions.values()].map((process) => process.start().catch((error: FunctionError) => observer.failure(error))),
  );

  interruption?.throwIfAborted();
  for (const source of readEventSources(template, functions)) {
    const stop = startEventSource(source, queues, (error) => observer.failure(error));
    starting.defer(async () => stop());
  }

  const api = createHttpApi(
    readRoutes(template, functions, (error) => observer.failure(error)),
    (exchange) => observer.exchange(exchange),
  );
  const apiUrl = await listen(api, options.port);
  starting.defer(() => close(api));
  for (const { logicalId } of template.ofType("AWS::ApiGatewayV2::Api")) {
    template.bind(logicalId, { ref: logicalId, attributes: { ApiEndpoint: apiUrl } });
  }
  for (const { logicalId } of template.ofType("AWS::SNS::Topic")) {
    const arn = `arn:aws:sns:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${logicalId}`;
    template.bind(logicalId, { ref: arn, attributes: {} });
  }
  const running = starting.move();
  return {
    outputs: template.outputs(),
    sqsEndpoint: queues.endpoint,
    standbyQueueUrl: definitions.map(({ environment }) => environment[STANDBY_VARIABLE]).find(Boolean) ?? "",
    functions,
    close: () => running.disposeAsync(),
  };
}
