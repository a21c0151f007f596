import { GetAliasCommand, GetEventSourceMappingCommand, GetPolicyCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CALLBACK_ALIAS } from "../../lib/callback-alias.ts";
import { CALLBACK_PATH } from "../../lib/callback-path.ts";
import type { ClientSettings } from "../shared/client-settings.ts";
import { type DeployedResource, type DeployedStack, find } from "./deployed-stack.ts";
import { explainFailure } from "./explain-failure.ts";
import type { Finding, Findings } from "./finding.ts";

const GO_BACK = "docs/runbook.md#go-back-to-an-older-version";

/** Checks which version handles callbacks, whether the API may invoke it, and whether standby empties. */
export async function* checkFunction({ resources }: DeployedStack, settings: ClientSettings): Findings {
  const lambda = new LambdaClient(settings);
  yield explainFailure("version", () => checkVersion(lambda, resources));
  yield explainFailure("permission", () => checkPermission(lambda, resources));
  yield explainFailure("republishing", () => checkRepublishing(lambda, resources));
}

async function checkVersion(lambda: LambdaClient, resources: readonly DeployedResource[]): Promise<Finding> {
  const subject = "version";
  const { physicalId: FunctionName } = find(resources, "AWS::Lambda::Function", "CallbackFunction");
  const { FunctionVersion = "", RoutingConfig } = await lambda.send(
    new GetAliasCommand({ FunctionName, Name: CALLBACK_ALIAS }),
  );
  const [added] = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {});
  const meaning = `callbacks run on version ${FunctionVersion}`;
  if (added || find(resources, "AWS::Lambda::Alias", "CallbackAlias").isChanging) {
    const [version, weight] = added ?? [];
    const share = version && weight ? `, and ${Math.round(weight * 100)} % of them on version ${version}` : "";
    const advice = `That ends with the deployment that is in progress; if there is none, see ${GO_BACK}`;
    return { verdict: "note", subject, meaning: `${meaning}${share}`, advice };
  }
  const deployed = newestVersion(resources);
  if (FunctionVersion === deployed) return { verdict: "ok", subject, meaning };
  return {
    verdict: "note",
    subject,
    meaning: `${meaning}, though CloudFormation deployed version ${deployed}`,
    advice:
      `Deploy another version with -c deployment=forced (${GO_BACK}), or move the alias back: aws lambda update-alias ` +
      `--function-name ${FunctionName} --name ${CALLBACK_ALIAS} --function-version ${deployed}`,
  };
}

/** The version that CloudFormation deployed. The physical id of a version is its ARN, which ends in its number. */
function newestVersion(resources: readonly DeployedResource[]): string {
  const numbers = resources
    .filter(({ type, name }) => type === "AWS::Lambda::Version" && name.startsWith("CallbackFunctionCurrentVersion"))
    .map(({ physicalId }) => Number(physicalId.split(":").at(-1)));
  return String(Math.max(...numbers));
}

/** A statement of a function's policy (https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html). */
interface PolicyStatement {
  readonly Effect: string;
  readonly Principal: string | { readonly Service?: string };
  readonly Condition?: { readonly ArnLike?: { readonly "AWS:SourceArn"?: string } };
}

const API_GATEWAY = "apigateway.amazonaws.com";

async function checkPermission(lambda: LambdaClient, resources: readonly DeployedResource[]): Promise<Finding> {
  const subject = "permission";
  const { physicalId: functionName } = find(resources, "AWS::Lambda::Function", "CallbackFunction");
  const { physicalId: apiId } = find(resources, "AWS::ApiGatewayV2::Api", "EndpointApi");
  const { Statement } = JSON.parse(await readPolicy(lambda, functionName)) as { Statement: PolicyStatement[] };
  const isAllowed = Statement.some(({ Effect, Principal, Condition }) => {
    const arn = Condition?.ArnLike?.["AWS:SourceArn"];
    const isApiGateway = typeof Principal === "object" && Principal.Service === API_GATEWAY;
    return Effect === "Allow" && isApiGateway && (arn === undefined || arn.includes(`:${apiId}/`));
  });
  if (isAllowed) return { verdict: "ok", subject, meaning: "API Gateway may invoke the function" };
  const [, partition, , region, account] = find(resources, "AWS::Lambda::Alias", "CallbackAlias").physicalId.split(":");
  return {
    verdict: "FAIL",
    subject,
    meaning: "API Gateway may not invoke the function: it answers every callback with 500, and they are lost",
    advice:
      `Restore it: aws lambda add-permission --function-name ${functionName} --qualifier ${CALLBACK_ALIAS} --statement-id ApiGateway ` +
      `--action lambda:InvokeFunction --principal ${API_GATEWAY} ` +
      `--source-arn 'arn:${partition}:execute-api:${region}:${account}:${apiId}/*/*${CALLBACK_PATH}'`,
  };
}

async function readPolicy(lambda: LambdaClient, functionName: string): Promise<string> {
  try {
    const { Policy } = await lambda.send(
      new GetPolicyCommand({ FunctionName: functionName, Qualifier: CALLBACK_ALIAS }),
    );
    return Policy ?? "";
  } catch (error) {
    // The alias exists, as its variables have been read: there is no policy.
    if ((error as Error).name === "ResourceNotFoundException") return '{"Statement":[]}';
    throw error;
  }
}

async function checkRepublishing(lambda: LambdaClient, resources: readonly DeployedResource[]): Promise<Finding> {
  const subject = "republishing";
  const { physicalId: UUID } = find(resources, "AWS::Lambda::EventSourceMapping", "RepublishingStandbyMessages");
  const { State = "" } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  const meaning = `the event source mapping of the standby queue is ${State}`;
  if (!/^(Disabl|Delet)/.test(State)) return { verdict: "ok", subject, meaning };
  return {
    verdict: "FAIL",
    subject,
    meaning: `${meaning}: events on standby never reach the destination`,
    advice: `Enable it: aws lambda update-event-source-mapping --uuid ${UUID} --enabled`,
  };
}
