import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type StackResourceSummary,
} from "@aws-sdk/client-cloudformation";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { EnvironmentVariables } from "../../functions/environment.ts";
import { explainAwsConfiguration } from "../shared/aws-configuration.ts";
import { UsageError } from "../shared/command.ts";
import { count } from "../shared/count.ts";

/** Settings of AWS's clients; without a region, they use that of the AWS configuration. */
export interface ClientSettings {
  readonly region?: string;
}

/** The parts of a deployed stack that the checks use. */
export interface DeployedStack {
  readonly callbackUrl: string;
  readonly sdkAppId: string;
  /** `undefined` when callbacks are not authenticated. */
  readonly token: string | undefined;
  readonly functionName: string;
  readonly apiId: string;
  /** All queues of the stack. */
  readonly queues: readonly { readonly logicalId: string; readonly queueUrl: string }[];
}

/** The alias that the API invokes. */
const ALIAS = "live";

/**
 * Reads the callback URL, the credentials and the resources of a deployed stack.
 *
 * @param stackName the stack's name or ARN
 * @throws {UsageError} when there is no such stack, when it does not contain this project, or when the credentials do not suffice
 */
export async function readStack(stackName: string, settings: ClientSettings): Promise<DeployedStack> {
  try {
    const cloudFormation = new CloudFormationClient(settings);
    const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    const callbackUrl = stack?.Outputs?.find(({ OutputKey }) => OutputKey === "CallbackUrl")?.OutputValue;
    if (callbackUrl === undefined) {
      throw new UsageError(
        `--stack is '${stackName}', which has no output CallbackUrl: expected a TencentChatEventsStack, or a stack of your own with that output`,
      );
    }
    const resources: StackResourceSummary[] = [];
    for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: stackName })) {
      resources.push(...(page.StackResourceSummaries ?? []));
    }
    const functionName = find(resources, "AWS::Lambda::Function", "CallbackFunction");
    const { SDK_APP_ID, AUTHENTICATION, TOKEN_SECRET_ARN } = await readVariables(functionName, settings);
    return {
      callbackUrl,
      sdkAppId: SDK_APP_ID ?? "",
      token: AUTHENTICATION === "none" ? undefined : await readToken(TOKEN_SECRET_ARN, settings),
      functionName,
      apiId: find(resources, "AWS::ApiGatewayV2::Api", "EndpointApi"),
      queues: resources
        .filter(({ ResourceType }) => ResourceType === "AWS::SQS::Queue")
        .map(({ LogicalResourceId = "", PhysicalResourceId = "" }) => ({
          logicalId: LogicalResourceId,
          queueUrl: PhysicalResourceId,
        })),
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { name, message } = error as Error;
    throw new UsageError(
      explainAwsConfiguration(error) ?? `--stack is '${stackName}', which could not be read: ${name}: ${message}`,
    );
  }
}

/** Finds the physical id of the only resource of a type whose logical id ends in a name and CDK's hash. */
function find(resources: readonly StackResourceSummary[], type: string, name: string): string {
  const found = resources.filter(
    ({ ResourceType, LogicalResourceId = "" }) =>
      ResourceType === type && new RegExp(`${name}[0-9A-F]{8}$`).test(LogicalResourceId),
  );
  const [{ PhysicalResourceId: id = "" } = {}] = found;
  if (found.length === 1) return id;
  throw new UsageError(`The stack has ${count(found.length, "resource")} ${name} of type ${type}: expected one`);
}

/** Reads the environment variables of the version that handles callbacks. */
async function readVariables(functionName: string, settings: ClientSettings): Promise<Partial<EnvironmentVariables>> {
  const input = { FunctionName: functionName, Qualifier: ALIAS };
  const { Environment } = await new LambdaClient(settings).send(new GetFunctionConfigurationCommand(input));
  return Environment?.Variables ?? {};
}

async function readToken(secretArn: string | undefined, settings: ClientSettings): Promise<string> {
  const { SecretString } = await new SecretsManagerClient(settings).send(
    new GetSecretValueCommand({ SecretId: secretArn }),
  );
  if (!SecretString) throw new UsageError(`The secret ${secretArn} has no string value: expected the token`);
  return SecretString;
}
