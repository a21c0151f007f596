import { ApiGatewayV2Client, GetApiCommand } from "@aws-sdk/client-apigatewayv2";
import { CloudFormationClient, paginateListStackResources } from "@aws-sdk/client-cloudformation";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { EnvironmentVariables } from "../../functions/environment.ts";
import { CALLBACK_ALIAS } from "../../lib/callback-alias.ts";
import { CALLBACK_PATH } from "../../lib/callback-path.ts";
import { explainAwsConfiguration } from "../shared/aws-configuration.ts";
import type { ClientSettings } from "../shared/client-settings.ts";
import { UsageError } from "../shared/command.ts";

/** A resource of a deployed `TencentChatEvents`. */
export interface DeployedResource {
  /** Such as `AWS::SQS::Queue`. */
  readonly type: string;
  /** Its logical id without the construct's id and CDK's hash, such as `StandbyQueue`: as docs/runbook.md names it. */
  readonly name: string;
  /** Its id in the account: the URL of a queue, the ARN of a secret, the name of most others. */
  readonly physicalId: string;
  /** Whether CloudFormation is changing it now. */
  readonly isChanging: boolean;
}

/** A deployed `TencentChatEvents`. */
export interface DeployedStack {
  readonly callbackUrl: string;
  /** The callback URL at the API's own domain name, which still works if there is another. */
  readonly apiCallbackUrl: string;
  /** The environment variables of the version that handles callbacks. */
  readonly variables: Partial<EnvironmentVariables>;
  /** Its resources, and the dead-letter queues of subscriptions in the same stack. */
  readonly resources: readonly DeployedResource[];
}

/** The hash that CDK appends to a logical id. */
const HASH = /[0-9A-F]{8}$/;
const CALLBACK_FUNCTION = /^(.*)CallbackFunction[0-9A-F]{8}$/;

/**
 * Reads a deployed stack that contains a `TencentChatEvents`. Finds everything by its resources, because only
 * `TencentChatEventsStack` is sure to have outputs.
 *
 * @param stackName the stack's name or ARN
 * @param sdkAppId the SDKAppID of the construct to read; needed if the stack contains several
 * @throws {UsageError} when there is no such stack or construct, or when the credentials do not suffice
 */
export async function readStack(
  stackName: string,
  sdkAppId: string | undefined,
  settings: ClientSettings,
): Promise<DeployedStack> {
  try {
    const resources = await readResources(stackName, settings);
    const ids = resources.flatMap(({ type, name, physicalId }) => {
      const match = type === "AWS::Lambda::Function" ? CALLBACK_FUNCTION.exec(name) : null;
      return match ? [{ constructId: match[1] ?? "", functionName: physicalId }] : [];
    });
    const constructs = await Promise.all(
      ids.map(async ({ constructId, functionName }) => ({
        constructId,
        variables: await readVariables(functionName, settings),
      })),
    );
    const { constructId, variables } = choose(constructs, stackName, sdkAppId);
    const others = ids.map((id) => id.constructId).filter((id) => id !== constructId);
    const own = resources.flatMap((resource) => {
      const name = nameIn(constructId, others, resource);
      return name === undefined ? [] : [{ ...resource, name }];
    });
    return { ...(await readCallbackUrls(own, settings)), variables, resources: own };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { name, message } = error as Error;
    throw new UsageError(
      explainAwsConfiguration(error) ?? `--stack is '${stackName}', which could not be read: ${name}: ${message}`,
    );
  }
}

/**
 * Finds the only resource of a type with a name.
 *
 * @throws {UsageError} when there is none
 */
export function find(resources: readonly DeployedResource[], type: string, name: string): DeployedResource {
  const found = resources.find((resource) => resource.type === type && resource.name === name);
  if (found) return found;
  throw new UsageError(
    `The stack has no resource ${name} of type ${type}: run the version of this command that deployed it`,
  );
}

/** Reads all resources of the stack, each with its whole logical id as its name. */
async function readResources(stackName: string, settings: ClientSettings): Promise<DeployedResource[]> {
  const client = new CloudFormationClient(settings);
  const resources: DeployedResource[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
    for (const summary of page.StackResourceSummaries ?? []) {
      const { ResourceType = "", LogicalResourceId = "", PhysicalResourceId = "", ResourceStatus = "" } = summary;
      if (ResourceStatus.startsWith("DELETE_")) continue;
      const isChanging = ResourceStatus.endsWith("_IN_PROGRESS");
      resources.push({ type: ResourceType, name: LogicalResourceId, physicalId: PhysicalResourceId, isChanging });
    }
  }
  return resources;
}

async function readVariables(functionName: string, settings: ClientSettings): Promise<Partial<EnvironmentVariables>> {
  const input = { FunctionName: functionName, Qualifier: CALLBACK_ALIAS };
  const { Environment } = await new LambdaClient(settings).send(new GetFunctionConfigurationCommand(input));
  return Environment?.Variables ?? {};
}

function choose<Construct extends Pick<DeployedStack, "variables">>(
  constructs: readonly Construct[],
  stackName: string,
  sdkAppId: string | undefined,
): Construct {
  const served = constructs.map(({ variables }) => variables.SDK_APP_ID);
  const [chosen, another] = constructs.filter(
    ({ variables }) => sdkAppId === undefined || variables.SDK_APP_ID === sdkAppId,
  );
  if (chosen && !another) return chosen;
  if (constructs.length === 0) {
    throw new UsageError(
      `--stack is '${stackName}', which contains no TencentChatEvents: expected the stack that does, which may be a nested one`,
    );
  }
  throw new UsageError(
    sdkAppId === undefined
      ? `--stack is '${stackName}', which serves ${constructs.length} apps: choose one with --sdk-app-id, ${served.join(" or ")}`
      : `--sdk-app-id is '${sdkAppId}': expected the app that the stack serves, ${served.join(" or ")}`,
  );
}

/**
 * A resource's logical id without a construct's id and CDK's hash; `undefined` if it is none of the construct's.
 *
 * @param others the ids of other such constructs, which may begin with this one's
 */
function nameIn(constructId: string, others: readonly string[], { type, name }: DeployedResource): string | undefined {
  const isOthers = others.some((other) => other.length > constructId.length && name.startsWith(other));
  if (name.startsWith(constructId) && !isOthers) return name.slice(constructId.length).replace(HASH, "");
  const isSubscriptions = type === "AWS::SQS::Queue" && /DeadLetterQueue[0-9A-F]{8}$/.test(name);
  return isSubscriptions && !others.some((other) => name.startsWith(other)) ? name.replace(HASH, "") : undefined;
}

async function readCallbackUrls(
  resources: readonly DeployedResource[],
  settings: ClientSettings,
): Promise<Pick<DeployedStack, "callbackUrl" | "apiCallbackUrl">> {
  const domain = resources.find(({ type }) => type === "AWS::ApiGatewayV2::DomainName");
  const { physicalId } = find(resources, "AWS::ApiGatewayV2::Api", "EndpointApi");
  const { ApiEndpoint = "" } = await new ApiGatewayV2Client(settings).send(new GetApiCommand({ ApiId: physicalId }));
  const apiCallbackUrl = `${ApiEndpoint}${CALLBACK_PATH}`;
  return { callbackUrl: domain ? `https://${domain.physicalId}${CALLBACK_PATH}` : apiCallbackUrl, apiCallbackUrl };
}
