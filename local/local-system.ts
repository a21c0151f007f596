import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { EnvironmentVariables } from "../functions/environment.ts";
import type { TencentChatEventsProps } from "../lib/tencent-chat-events-props.ts";
import { startEventBus } from "./event-bus.ts";
import { startEventSource } from "./event-source.ts";
import type { BreakablePart, Faults } from "./faults.ts";
import { type FaultyEndpoint, startFaultyEndpoint } from "./faulty-endpoint.ts";
import { type FunctionDefinition, type FunctionError, FunctionProcess } from "./function-process.ts";
import { type HandlerObserver, startHandlerProxy } from "./handler-proxy.ts";
import { type ApiObserver, createHttpApi } from "./http-api.ts";
import type { QueueObserver } from "./queue-observer.ts";
import { type LocalQueues, queueReference, startQueues } from "./queues.ts";
import { queueName, readEventSources, readFunctions, readRoutes, readRules, synthesise } from "./read-stack.ts";
import { RequestsInFlight } from "./requests-in-flight.ts";
import { SecretVersions } from "./secret-versions.ts";
import { startSecrets } from "./secrets.ts";
import { close, listen } from "./server.ts";
import { readParts, type SystemParts } from "./system-parts.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION, type StackResource, type Template } from "./template.ts";

/** Options of the local system. */
export interface LocalSystemOptions extends TencentChatEventsProps {
  /** The port of the callback URL; 0 picks a free one. */
  readonly port: number;
  /** The callback token. */
  readonly token: string;
  /** The existing handler's URL. Unlike that of a deployed stack, it may be an http URL, for a handler on this machine. */
  readonly relayUrl?: string | undefined;
  /** Breaks parts of the system. Without it the functions reach the services directly, which is faster. */
  readonly faults?: Faults;
}

/** Receives what happens in the system. */
export interface Observer extends ApiObserver, QueueObserver, HandlerObserver {
  /** A function wrote a line to its log. */
  log(functionName: string, line: string): void;
  /** A function failed without its caller learning why, or its queue can't be read. */
  failure(error: Error): void;
}

/** The running system. */
export interface LocalSystem {
  /** The stack's outputs, such as `CallbackUrl` and `QueueUrl`. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly sqsEndpoint: string;
  readonly eventBridgeEndpoint: string;
  readonly secretsEndpoint: string;
  /** The resources that run here. */
  readonly resources: readonly StackResource[];
  readonly standbyQueueUrl: string;
  readonly queues: LocalQueues;
  readonly parts: SystemParts;
  /** The versions of the callback token. */
  readonly token: SecretVersions;
  /** The functions' processes, by their logical ids. */
  readonly functions: ReadonlyMap<string, FunctionProcess>;
  /** Stops everything. */
  close(): Promise<void>;
}

type Service = "sqs" | "eventBridge" | "secretsManager";

/**
 * Runs the stack on this machine: synthesises it, and starts what its template contains, with the bundles that would be
 * deployed. Stand-ins replace AWS's services; the functions reach them over HTTP, as they reach AWS.
 *
 * @param interruption aborts the start between two of its steps, after stopping what has been started
 * @throws {Error} if the port is taken or the configuration contradicts itself; the reason of an interruption
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

  const queues = await startTemplateQueues(template, observer, starting);
  const secrets = await startTemplateSecrets(template, options.token, starting);
  const eventBusEndpoint = await startTemplateEventBus(template, queues, starting);
  const services = { sqs: queues.endpoint, eventBridge: eventBusEndpoint, secretsManager: secrets.endpoint };
  const faulty = options.faults && (await startFaultyServices(services, starting));
  const requests = new RequestsInFlight(observer);
  const relayUrl = await startFaultyHandler(options, requests, observer, starting);
  const definitions = readFunctions(template, folder, {
    AWS_ENDPOINT_URL_SQS: faulty?.sqs.url ?? services.sqs,
    AWS_ENDPOINT_URL_EVENTBRIDGE: faulty?.eventBridge.url ?? services.eventBridge,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: faulty?.secretsManager.url ?? services.secretsManager,
    ...(relayUrl !== undefined && { RELAY_URL: relayUrl }),
  });
  const environment: EnvironmentVariables = Object.assign(
    {},
    ...definitions.map((definition) => definition.environment),
  );
  if (options.faults && faulty) applyFaults(options.faults, faulty, environment);
  interruption?.throwIfAborted();
  const functions = await startTemplateFunctions(definitions, observer, starting);
  interruption?.throwIfAborted();
  for (const source of readEventSources(template, functions)) {
    const stop = startEventSource(source, queues, (error) => observer.failure(error));
    starting.defer(async () => stop());
  }
  await startTemplateApi(template, functions, options, requests, observer, starting);
  for (const { logicalId } of template.ofType("AWS::SNS::Topic")) {
    const arn = `arn:aws:sns:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${logicalId}`;
    template.bind(logicalId, { ref: arn, attributes: {} });
  }
  // Before everything moves out of reach of this function's clean-up.
  const outputs = template.outputs();
  const standbyQueueUrl = environment.STANDBY_QUEUE_URL ?? "";
  const running = starting.move();
  return {
    outputs,
    sqsEndpoint: queues.endpoint,
    eventBridgeEndpoint: eventBusEndpoint,
    secretsEndpoint: secrets.endpoint,
    resources: template.resources(),
    standbyQueueUrl,
    queues,
    parts: readParts(template, outputs, standbyQueueUrl),
    token: secrets.token,
    functions,
    close: () => running.disposeAsync(),
  };
}

async function startTemplateQueues(template: Template, observer: Observer, starting: AsyncDisposableStack) {
  const queues = await startQueues(observer);
  starting.defer(queues.close);
  const resources = template.ofType("AWS::SQS::Queue");
  // Before any queue is created, because a queue refers to its dead-letter queue.
  for (const { logicalId, properties } of resources) {
    template.bind(logicalId, queueReference(queues.endpoint, queueName(logicalId, properties)));
  }
  for (const { logicalId, properties } of resources) {
    await queues.create(queueName(logicalId, properties), template.resolve(properties) as Record<string, unknown>);
  }
  return queues;
}

/** Starts Secrets Manager. */
async function startTemplateSecrets(template: Template, secretString: string, starting: AsyncDisposableStack) {
  const secrets = await startSecrets();
  let token = new SecretVersions(secretString);
  starting.defer(secrets.close);
  for (const { logicalId } of template.ofType("AWS::SecretsManager::Secret")) {
    const arn = `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${logicalId}`;
    template.bind(logicalId, { ref: arn, attributes: {} });
    token = secrets.create(arn, secretString);
  }
  return { endpoint: secrets.endpoint, token };
}

/** Starts a proxy in front of each service that the functions call. */
async function startFaultyServices(services: Record<Service, string>, starting: AsyncDisposableStack) {
  const start = async (url: string) => {
    const endpoint = await startFaultyEndpoint(url);
    starting.defer(endpoint.close);
    return endpoint;
  };
  return {
    sqs: await start(services.sqs),
    eventBridge: await start(services.eventBridge),
    secretsManager: await start(services.secretsManager),
  } satisfies Record<Service, FaultyEndpoint>;
}

/**
 * Starts a proxy that can break the existing handler, if there is a handler and parts can be broken.
 *
 * @returns the URL that the function relays to; `undefined` without a handler
 */
async function startFaultyHandler(
  { relayUrl, faults }: LocalSystemOptions,
  requests: RequestsInFlight,
  observer: Observer,
  starting: AsyncDisposableStack,
): Promise<string | undefined> {
  if (relayUrl === undefined || faults === undefined) return relayUrl;
  const proxy = await startHandlerProxy(new URL(relayUrl), faults, requests, observer);
  starting.defer(proxy.close);
  return proxy.url;
}

/** @param environment the functions' environment variables */
function applyFaults(
  faults: Faults,
  { sqs, eventBridge, secretsManager }: Record<Service, FaultyEndpoint>,
  { QUEUE_URL, STANDBY_QUEUE_URL }: EnvironmentVariables,
): void {
  const partsByUrl = new Map<unknown, BreakablePart>([
    [QUEUE_URL, "destination"],
    [STANDBY_QUEUE_URL, "standby"],
  ]);
  faults.applyTo(sqs, ({ input }) => partsByUrl.get(input["QueueUrl"]));
  faults.applyTo(eventBridge, () => "destination");
  faults.applyTo(secretsManager, () => "secrets");
}

/** @returns the endpoint of EventBridge */
async function startTemplateEventBus(template: Template, queues: LocalQueues, starting: AsyncDisposableStack) {
  const eventBus = await startEventBus();
  starting.defer(eventBus.close);
  for (const { logicalId, properties } of template.ofType("AWS::Events::EventBus")) {
    template.bind(logicalId, { ref: String(template.resolve(properties["Name"])), attributes: {} });
  }
  for (const rule of readRules(template, queues)) eventBus.addRule(rule);
  return eventBus.endpoint;
}

/** @returns the functions' processes, by their logical ids */
async function startTemplateFunctions(
  definitions: readonly FunctionDefinition[],
  observer: Observer,
  starting: AsyncDisposableStack,
) {
  const functions = new Map(
    definitions.map((definition) => {
      const { name } = definition;
      return [name, new FunctionProcess(definition, (line) => observer.log(name, line))];
    }),
  );
  const processes = [...functions.values()];
  starting.defer(async () => {
    await Promise.all(processes.map((process) => process.stop()));
  });
  // A function that does not start is no reason to stop: its callers get a 500, as they would from API Gateway.
  await Promise.all(
    processes.map((process) => process.start().catch((error: FunctionError) => observer.failure(error))),
  );
  return functions;
}

async function startTemplateApi(
  template: Template,
  functions: ReadonlyMap<string, FunctionProcess>,
  { port, faults }: LocalSystemOptions,
  requests: RequestsInFlight,
  observer: Observer,
  starting: AsyncDisposableStack,
) {
  const routes = readRoutes(template, functions, (error) => observer.failure(error), faults);
  const api = createHttpApi(routes, requests);
  const apiUrl = await listen(api, port);
  starting.defer(() => close(api));
  for (const { logicalId } of template.ofType("AWS::ApiGatewayV2::Api")) {
    template.bind(logicalId, { ref: logicalId, attributes: { ApiEndpoint: apiUrl } });
  }
}
