import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../bin/shared/stack-config.ts";
import { queueName, readFunctions, synthesise } from "../local/read-stack.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION, type Template } from "../local/template.ts";
import { FORWARD, SDK_APP_ID, TOKEN_OVERLAP_HOURS } from "./app.ts";
import type { Canary } from "./lambda/deployment.ts";
import type { Plan } from "./plan.ts";

/** A function of the stack. */
export interface FunctionDefinition {
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
}

/** A queue of the stack. Times are in seconds. */
export interface QueueDefinition {
  readonly name: string;
  readonly url: string;
  readonly visibilityTimeout: number;
  readonly retention: number;
  readonly maxReceiveCount: number | undefined;
  /** The name of its dead-letter queue. */
  readonly deadLetterQueue: string | undefined;
}

/** A bus with one rule, whose target is the queue that consumers read. */
export interface BusDefinition {
  readonly name: string;
  readonly deadLetterQueue: string;
  /** How long EventBridge tries to deliver an event, in seconds, and how often. */
  readonly maxAge: number;
  readonly maxAttempts: number;
}

/** What the simulation takes from the stack's template. */
export interface StackDefinition {
  readonly callback: FunctionDefinition;
  readonly republish: FunctionDefinition;
  readonly republishBatchSize: number;
  readonly republishConcurrency: number;
  /** A dead-letter queue comes before its source. */
  readonly queues: readonly QueueDefinition[];
  /** The queue that consumers read. */
  readonly eventsQueue: QueueDefinition;
  readonly standbyQueue: QueueDefinition;
  /** The bus and the rule that takes its events to the queue, if the destination is a bus. */
  readonly bus: BusDefinition | undefined;
  /** Callbacks a second, and how many more at once. */
  readonly throttle: { readonly rate: number; readonly burst: number };
  /** How CodeDeploy moves callbacks to a new version of the callback function. */
  readonly canary: Canary;
}

/** Synthesises the stack as it is deployed, and reads from its template what decides how it behaves. Needs the bundles. */
export async function readStack(destination: Plan["destination"]): Promise<StackDefinition> {
  const where = destination === "bus" ? { destination } : { queueType: destination };
  const folder = await mkdtemp(join(tmpdir(), "tencent-chat-events-"));
  try {
    const template = await synthesise(
      readConfig({ sdkAppId: SDK_APP_ID, forward: FORWARD, tokenOverlapHours: `${TOKEN_OVERLAP_HOURS}`, ...where }),
      folder,
    );
    return toDefinition(template, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function toDefinition(template: Template, folder: string): StackDefinition {
  const queues = readQueues(template);
  for (const { logicalId } of template.ofType("AWS::SecretsManager::Secret"))
    template.bind(logicalId, { ref: SECRET_ARN, attributes: {} });
  for (const { logicalId, properties } of template.ofType("AWS::Events::EventBus")) {
    template.bind(logicalId, { ref: String(template.resolve(properties["Name"])), attributes: {} });
  }
  const functions = readFunctions(template, folder, {});
  const mapping = propertiesOf<EventSourceProperties>(template, "AWS::Lambda::EventSourceMapping");
  const stage = propertiesOf<StageProperties>(template, "AWS::ApiGatewayV2::Stage");
  const republishId = String(template.resolve(mapping.FunctionName));
  const republish = find(functions, ({ name }) => name === republishId);
  const callback = find(functions, ({ name }) => name !== republishId);
  const { STANDBY_QUEUE_URL, QUEUE_URL } = callback.environment;
  const standbyQueue = find(queues, ({ url }) => url === STANDBY_QUEUE_URL);
  const bus = readBus(template);
  const eventsQueue = find(queues, ({ name, url }) => url === QUEUE_URL || name === bus?.targetQueue);
  const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } = stage.DefaultRouteSettings;
  return {
    callback,
    republish,
    republishBatchSize: mapping.BatchSize,
    republishConcurrency: mapping.ScalingConfig.MaximumConcurrency,
    queues,
    eventsQueue,
    standbyQueue,
    bus,
    throttle: { rate, burst },
    canary: readCanary(template),
  };
}

/** CodeDeploy's configurations are named after what they do (https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html). */
function readCanary(template: Template): Canary {
  const { DeploymentConfigName } = propertiesOf<DeploymentGroupProperties>(
    template,
    "AWS::CodeDeploy::DeploymentGroup",
  );
  const [, percent, minutes] = /LambdaCanary(\d+)Percent(\d+)Minutes$/.exec(DeploymentConfigName) ?? [];
  if (percent === undefined)
    throw new Error(`the deployment ${DeploymentConfigName} is no canary: adapt simulation/stack.ts`);
  return { share: Number(percent) / 100, milliseconds: Number(minutes) * 60_000 };
}

/** The secret that holds the token. */
export const SECRET_ARN = `arn:aws:secretsmanager:${LOCAL_REGION}:${LOCAL_ACCOUNT}:secret:token`;

function readQueues(template: Template): QueueDefinition[] {
  const resources = template.ofType("AWS::SQS::Queue");
  for (const { logicalId, properties } of resources) {
    const name = queueName(logicalId, properties);
    const attributes = { Arn: `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name}`, QueueName: name };
    template.bind(logicalId, { ref: `https://sqs.${LOCAL_REGION}.amazonaws.com/${LOCAL_ACCOUNT}/${name}`, attributes });
  }
  const queues = resources.map(({ logicalId, properties }) => {
    const {
      VisibilityTimeout = 30,
      MessageRetentionPeriod,
      RedrivePolicy,
    } = template.resolve(properties) as QueueProperties;
    const name = queueName(logicalId, properties);
    return {
      name,
      url: String(template.resolve({ Ref: logicalId })),
      visibilityTimeout: VisibilityTimeout,
      retention: MessageRetentionPeriod,
      maxReceiveCount: RedrivePolicy?.maxReceiveCount,
      deadLetterQueue: RedrivePolicy && lastPart(RedrivePolicy.deadLetterTargetArn),
    };
  });
  return queues.sort(
    (one, other) => Number(one.deadLetterQueue !== undefined) - Number(other.deadLetterQueue !== undefined),
  );
}

/** The properties of an event source mapping that are read. */
interface EventSourceProperties {
  readonly FunctionName: unknown;
  readonly BatchSize: number;
  readonly ScalingConfig: { readonly MaximumConcurrency: number };
}

/** The properties of an API's stage that are read. */
interface StageProperties {
  readonly DefaultRouteSettings: { readonly ThrottlingRateLimit: number; readonly ThrottlingBurstLimit: number };
}

/** The properties of a deployment group that are read. */
interface DeploymentGroupProperties {
  readonly DeploymentConfigName: string;
}

/** The properties of the only resource of a type. */
function propertiesOf<Properties>(template: Template, type: string): Properties {
  return find(template.ofType(type), () => true).properties as Properties;
}

/** The properties of a queue that are read. */
interface QueueProperties {
  readonly VisibilityTimeout?: number;
  readonly MessageRetentionPeriod: number;
  readonly RedrivePolicy?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number };
}

/** The properties of a rule's target that are read. */
interface RuleTarget {
  readonly Arn: string;
  readonly DeadLetterConfig: { readonly Arn: string };
  readonly RetryPolicy: { readonly MaximumEventAgeInSeconds: number; readonly MaximumRetryAttempts: number };
}

function readBus(template: Template): (BusDefinition & { readonly targetQueue: string }) | undefined {
  const [rule] = template.ofType("AWS::Events::Rule");
  if (rule === undefined) return undefined;
  const { EventBusName, Targets } = template.resolve(rule.properties) as {
    EventBusName: string;
    Targets: RuleTarget[];
  };
  const { Arn, DeadLetterConfig, RetryPolicy } = find(Targets, () => true);
  return {
    name: EventBusName,
    targetQueue: lastPart(Arn),
    deadLetterQueue: lastPart(DeadLetterConfig.Arn),
    maxAge: RetryPolicy.MaximumEventAgeInSeconds,
    maxAttempts: RetryPolicy.MaximumRetryAttempts,
  };
}

function lastPart(arn: string): string {
  return arn.split(":").at(-1) ?? "";
}

function find<Item>(items: readonly Item[], isWanted: (item: Item) => boolean): Item {
  const item = items.find(isWanted);
  if (item === undefined)
    throw new Error("the template lacks a part that the simulation runs: adapt simulation/stack.ts");
  return item;
}
