import { readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { App } from "aws-cdk-lib";
import type { TencentChatEventsProps } from "../lib/tencent-chat-events-props.ts";
import { TencentChatEventsStack } from "../lib/tencent-chat-events-stack.ts";
import type { Rule } from "./event-bus.ts";
import type { EventPattern } from "./event-pattern.ts";
import type { EventSource } from "./event-source.ts";
import type { Faults } from "./faults.ts";
import type { FunctionDefinition, FunctionError, FunctionProcess } from "./function-process.ts";
import type { Integration } from "./http-api.ts";
import type { LocalQueues } from "./queues.ts";
import { LOCAL_REGION, type Resource, Template, type TemplateJson } from "./template.ts";

const EVENT_SOURCE_MAPPING = "AWS::Lambda::EventSourceMapping";
const PROJECT = new URL("..", import.meta.url);

/** Replaces http with https, which synthesis requires. A handler on this machine needs no encryption. */
export function withHttps(url: string): string {
  return url.replace(/^http:/, "https:");
}

/**
 * Synthesises the stack as `cdk synth` does, with the bundles that `buildFunctions` wrote.
 *
 * @param folder where the assembly goes, the functions' code included
 */
export async function synthesise(props: TencentChatEventsProps, folder: string): Promise<Template> {
  const { context } = JSON.parse(await readFile(new URL("cdk.json", PROJECT), "utf8")) as { context: object };
  const app = new App({
    outdir: folder,
    // CDK would print warnings together with the path of a report in that folder.
    context: { ...context, "@aws-cdk/core:annotationsInValidationReport": false },
    // It takes 2 s, and `cdk synth` validates the stack anyway before it is deployed.
    builtinCloudFormationValidation: false,
  });
  const { relayUrl } = props;
  const stack = new TencentChatEventsStack(app, "TencentChatEvents", {
    ...props,
    ...(relayUrl !== undefined && { relayUrl: withHttps(relayUrl) }),
  });
  return new Template(app.synth().getStackArtifact(stack.artifactId).template as TemplateJson);
}

/** CloudFormation ends the names it makes up for FIFO queues in `.fifo`, as SQS demands. */
export function queueName(logicalId: string, properties: Resource["properties"]): string {
  return properties["FifoQueue"] ? `${logicalId}.fifo` : logicalId;
}

/**
 * The template's functions that its routes and queues lead to. Others, such as the one that CodeDeploy calls, have nothing
 * to do here.
 *
 * @param folder where the assembly is
 * @param endpoints variables that lead the functions to this machine's services instead of AWS's
 */
export function readFunctions(
  template: Template,
  folder: string,
  endpoints: Readonly<Record<string, string>>,
): FunctionDefinition[] {
  const all = template.ofType("AWS::Lambda::Function");
  for (const { logicalId } of all) template.bind(logicalId, { ref: logicalId, attributes: { Arn: logicalId } });
  // Here a version is the function as it is, and an alias is that version.
  for (const { logicalId, properties } of template.ofType("AWS::Lambda::Version")) {
    const name = String(template.resolve(properties["FunctionName"]));
    template.bind(logicalId, { ref: name, attributes: { Version: "1" } });
  }
  for (const { logicalId, properties } of template.ofType("AWS::Lambda::Alias")) {
    template.bind(logicalId, { ref: String(template.resolve(properties["FunctionName"])), attributes: {} });
  }
  for (const { logicalId, properties } of template.ofType("AWS::ApiGatewayV2::Integration")) {
    template.bind(logicalId, { ref: String(template.resolve(properties["IntegrationUri"])), attributes: {} });
  }
  const called = new Set([
    ...template.ofType("AWS::ApiGatewayV2::Route").map(({ properties }) => routeTarget(template, properties)),
    ...template.ofType(EVENT_SOURCE_MAPPING).map(({ properties }) => template.resolve(properties["FunctionName"])),
  ]);
  const functions = all.filter(({ logicalId }) => called.has(logicalId));
  return functions.map(({ logicalId, properties }) => {
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

/** The template's queues whose messages go to a function. */
export function readEventSources(template: Template, functions: ReadonlyMap<string, FunctionProcess>): EventSource[] {
  return template.ofType(EVENT_SOURCE_MAPPING).map(({ properties }) => {
    const target = String(template.resolve(properties["FunctionName"]));
    const process = functions.get(target);
    if (process === undefined) throw new Error(`The local system does not run the event source's target ${target}`);
    const queueName = String(template.resolve(properties["EventSourceArn"])).split(":").at(-1) ?? "";
    return { queueName, batchSize: Number(properties["BatchSize"] ?? 10), process };
  });
}

/** The template's rules, each of whose targets is a queue. */
export function readRules(template: Template, queues: LocalQueues): Rule[] {
  return template.ofType("AWS::Events::Rule").map(({ properties }) => {
    const targets = template.resolve(properties["Targets"]) as { Arn: string }[];
    const queueNames = targets.map(({ Arn }) => Arn.split(":").at(-1) ?? "");
    return {
      eventBusName: String(template.resolve(properties["EventBusName"])),
      pattern: template.resolve(properties["EventPattern"]) as EventPattern,
      deliver: async (event) => {
        await Promise.all(queueNames.map((name) => queues.send(name, event)));
      },
    };
  });
}

/**
 * The template's routes, each of whose integrations is a function.
 *
 * @param onFailure called when a function has no result
 * @param faults may kill a function while it handles a request
 */
export function readRoutes(
  template: Template,
  functions: ReadonlyMap<string, FunctionProcess>,
  onFailure: (error: FunctionError) => void,
  faults?: Faults,
): Map<string, Integration> {
  return new Map(
    template.ofType("AWS::ApiGatewayV2::Route").map(({ properties }) => {
      const target = routeTarget(template, properties);
      const process = functions.get(target);
      if (process === undefined) throw new Error(`The local system does not run the route's target ${target}`);
      const integration: Integration = async (event) => {
        try {
          const result = process.invoke(event);
          if (faults?.next("function") === "kill") process.crash();
          return await result;
        } catch (error) {
          onFailure(error as FunctionError);
          throw error;
        }
      };
      return [String(properties["RouteKey"]), integration];
    }),
  );
}

/** The function that a route leads to. */
function routeTarget(template: Template, properties: Resource["properties"]): string {
  return String(template.resolve(properties["Target"])).replace("integrations/", "");
}
