import { CodeDeployClient, PutLifecycleEventHookExecutionStatusCommand } from "@aws-sdk/client-codedeploy";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import type { Reply } from "../../tencent/reply.ts";
import { signedQuery } from "../../tencent/signed-query.ts";
import type { CheckDeploymentVariables } from "../environment.ts";
import { explain, log } from "../log.ts";

/** The event that CodeDeploy sends to a hook (https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html). */
interface HookEvent {
  readonly DeploymentId: string;
  readonly LifecycleEventHookExecutionId: string;
}

// Nobody waits for this function, so it uses the AWS SDK of Lambda's runtime.
const lambda = new LambdaClient();
const secretsManager = new SecretsManagerClient();
const codeDeploy = new CodeDeployClient();

/**
 * Called by CodeDeploy before callbacks reach a new version of the callback function. Sends that version a Verify and a
 * callback with a wrong signature, neither of which becomes an event, and reports the result to CodeDeploy.
 */
export async function handler({ DeploymentId, LifecycleEventHookExecutionId }: HookEvent): Promise<void> {
  const problem = await check(process.env as Readonly<Partial<CheckDeploymentVariables>>).catch(explain);
  if (problem === undefined) log("INFO", "the new version works");
  else log("ERROR", "the new version does not work: callbacks stay with the old one", { error: problem });
  await codeDeploy.send(
    new PutLifecycleEventHookExecutionStatusCommand({
      deploymentId: DeploymentId,
      lifecycleEventHookExecutionId: LifecycleEventHookExecutionId,
      status: problem === undefined ? "Succeeded" : "Failed",
    }),
  );
}

/** @returns what is wrong with the new version; `undefined` if nothing is */
async function check({
  CALLBACK_FUNCTION_ARN,
  SDK_APP_ID: sdkAppId = "",
  TOKEN_SECRET_ARN,
  ALLOWED_SOURCE_CIDRS = "127.0.0.1",
}: Readonly<Partial<CheckDeploymentVariables>>): Promise<string | undefined> {
  const token = TOKEN_SECRET_ARN === undefined ? undefined : await fetchToken(TOKEN_SECRET_ARN);
  // The first allowed address.
  const [sourceIp = ""] = ALLOWED_SOURCE_CIDRS.split(/[,/]/);
  const post = async (signingToken: string): Promise<Reply> => {
    const requestTime = Math.floor(Date.now() / 1000);
    const { Payload, FunctionError } = await lambda.send(
      new InvokeCommand({
        FunctionName: CALLBACK_FUNCTION_ARN,
        Payload: JSON.stringify({
          version: "2.0",
          rawQueryString: signedQuery({
            sdkAppId,
            token: signingToken,
            command: READ_REPORT_COMMAND,
            requestTime,
            requestId: "check-deployment",
          }),
          headers: {},
          requestContext: { accountId: "", requestId: "check-deployment", http: { sourceIp: sourceIp.trim() } },
          isBase64Encoded: false,
        }),
      }),
    );
    const answer = Payload?.transformToString() ?? "";
    if (FunctionError) throw new Error(`the function failed: ${answer}`);
    return JSON.parse(answer) as Reply;
  };

  const verify = await post(token ?? "no token needed");
  if (verify.statusCode !== 200 || (JSON.parse(verify.body) as { ActionStatus?: unknown }).ActionStatus !== "OK") {
    return `it answered a Verify with ${verify.statusCode} ${verify.body}`;
  }
  if (token === undefined) return undefined;
  const wronglySigned = await post(`not ${token}`);
  if (wronglySigned.statusCode === 401) return undefined;
  return `it answered a wrong signature with ${wronglySigned.statusCode} ${wronglySigned.body}`;
}

async function fetchToken(secretArn: string): Promise<string> {
  const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId: secretArn }));
  if (!SecretString) throw new Error("the secret has no string value, which should be the token");
  return SecretString;
}
