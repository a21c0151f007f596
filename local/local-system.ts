import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { App } from "aws-cdk-lib";
import type { EnvironmentVariables } from "../functions/environment.ts";
import type { TencentChatEventsProps } from "../lib/tencent-chat-events.ts";
import { TencentChatEventsStack } from "../lib/tencent-chat-events-stack.ts";
import { type FunctionDefinition, type FunctionError, FunctionProcess } from "./function-process.ts";
import { createHttpApi, type Exchange, type Integration } from "./http-api.ts";
import { queueReference, type SentMessage, startQueues } from "./queues.ts";
import { startSecrets } from "./secrets.ts";
import { close, listen } from "./server.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION, type Resource, Template, type TemplateJson } from "./template.ts";

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

const PROJECT = new URL("..", import.meta.url);

/**
 * Runs the stack on this machine: synthesises it, and brings up what stands in the template with the bundles that would
 * be deployed. AWS's services are stand-ins that the functions reach over HTTP, as they reach AWS.
 *
 * @throws {Error} when the port is taken or the configuration contradicts itself
 */
export async function startLocalSystem(options: LocalSystemOptions, observer: Observer): Promise<LocalSystem> {
  const cleanups: (() => Promise<void>)[] = [];
  const shutDown = async () => {
    for (const step of cleanups.splice(0).reverse()) await step();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), "tencent-chat-events-"));
    cleanups.push(() => rm(folder, { recursive: true, force: true }));
    const template = await synthesise(options, folder);

    const queues = await startQueues((message) => observer.message(message));
    cleanups.push(queues.close);
    const queueResources = template.ofType("AWS::SQS::Queue");
    for (const { logicalId, properties } of queueResources) {
      template.bind(logicalId, queueReference(queues.endpoint, queueName(logicalId, properties)));
    }
    for (const { logicalId, properties } of queueResources) {
      await queues.create(queueName(logicalId, properties), template.resolve(properties) as Record<string, unknown>);
    }

    const secrets = await startSecrets();
    cleanups.push(secrets.close);
    for (const { logicalId } of template.ofType("AWS::SecretsManager::Secret")) {
      const arn = `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:${logicalId}`;
      template.bind(logicalId, { ref: arn, attributes: {} });
      secrets.create(arn, options.token);
    }

    const endpoints = {
      AWS_ENDPOINT_URL_SQS: queues.endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    };
    const definitions = readFunctions(template, folder, endpoints);
    const functions = new Map(
      definitions.map((definition) => {
        const { name } = definition;
        return [name, new FunctionProcess(definition, (line) => observer.log(name, line))];
      }),
    );
    cleanups.push(async () => {
      await Promise.all([...functions.values()].map((process) => process.stop()));
    });
    // One that does not start is no reason to stop: its callers are answered 500, as they would be by API Gateway.
    await Promise.all(
      [...functions.values()].map((process) =>
        process.start().catch((error: FunctionError) => observer.failure(error)),
      ),
    );

    const api = createHttpApi(readRoutes(template, functions, observer), (exchange) => observer.exchange(exchange));
    const apiUrl = await listen(api, options.port);
    cleanups.push(() => close(api));
    for (const { logicalId } of template.ofType("AWS::ApiGatewayV2::Api")) {
      template.bind(logicalId, { ref: logicalId, attributes: { ApiEndpoint: apiUrl } });
    }
    return {
      outputs: template.outputs(),
      sqsEndpoint: queues.endpoint,
      standbyQueueUrl: definitions.map(({ environment }) => environment[STANDBY_VARIABLE]).find(Boolean) ?? "",
      functions,
      close: shutDown,
    };
  } catch (error) {
    await shutDown();
    throw error;
  }
}

/** The template, and in the folder the functions' code. */
async function synthesise(props: TencentChatEventsProps, folder: string): Promise<Template> {
  const { context } = JSON.parse(await readFile(new URL("cdk.json", PROJECT), "utf8")) as { context: object };
  const app = new App({ outdir: folder, context: { ...context } });
  const stack = new TencentChatEventsStack(app, "TencentChatEvents", props);
  return new Template(app.synth().getStackArtifact(stack.artifactId).template as TemplateJson);
}

/** CloudFormation ends the names it makes up for FIFO queues in `.fifo`, as SQS demands. */
function queueName(logicalId: string, properties: Resource["properties"]): string {
  return properties["FifoQueue"] ? `${logicalId}.fifo` : logicalId;
}

function readFunctions(
  template: Template,
  folder: string,
  endpoints: Readonly<Record<string, string>>,
): FunctionDefinition[] {
  return template.ofType("AWS::Lambda::Function").map(({ logicalId, properties }) => {
    template.bind(logicalId, { ref: logicalId, attributes: { Arn: logicalId } });
    const { S3Key } = properties["Code"] as { S3Key: string };
    const { Variables } = template.resolve(properties["Environment"]) as { Variables: Record<string, string> };
    return {
      name: logicalId,
      bundle: join(folder, `asset.${parse(S3Key).name}`, "index.mjs"),
      environment: {
        ...Variables,
        ...endpoints,
        AWS_REGION: LOCAL_REGION,
        AWS_ACCESS_KEY_ID: "local",
        AWS_SECRET_ACCESS_KEY: "local",
      },
      timeoutMilliseconds: Number(properties["Timeout"]) * 1000,
    };
  });
}

function readRoutes(
  template: Template,
  functions: ReadonlyMap<string, FunctionProcess>,
  observer: Observer,
): Map<string, Integration> {
  for (const { logicalId, properties } of template.ofType("AWS::ApiGatewayV2::Integration")) {
    template.bind(logicalId, { ref: String(template.resolve(properties["IntegrationUri"])), attributes: {} });
  }
  return new Map(
    template.ofType("AWS::ApiGatewayV2::Route").map(({ properties }) => {
      const target = String(template.resolve(properties["Target"])).replace("integrations/", "");
      const process = functions.get(target);
      if (process === undefined) throw new Error(`The local system does not run the route's target ${target}`);
      const integration: Integration = async (event) => {
        try {
          return await process.invoke(event);
        } catch (error) {
          observer.failure(error as FunctionError);
          throw error;
        }
      };
      return [String(properties["RouteKey"]), integration];
    }),
  );
}
