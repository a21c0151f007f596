import type { Template } from "aws-cdk-lib/assertions";
import { expect, vi } from "vitest";
import { type AccountState, type Answer, type AwsAccount, type Resource, startAwsAccount } from "./aws-account.ts";
import { SDK_APP_ID } from "./callbacks.ts";
import { runDoctor } from "./doctor.ts";
import { synthesise } from "./stack.ts";

const SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:Token";
const FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:Callback";
const API_ID = "api1";

/** The callback function's environment variables. */
export const VARIABLES = { SDK_APP_ID, AUTHENTICATION: "token", TOKEN_SECRET_ARN: SECRET };

/** An account with a deployed stack, MyStack, that `npm run doctor` can check. */
export interface DeployedStack {
  readonly account: AwsAccount;
  /** The account's state with the stack as it is by default, and without a fault. */
  readonly healthy: AccountState;
  /** Deploys another template's resources. */
  deploy(template: Template): Promise<Resource[]>;
  /** AWS's answers about a healthy stack whose callback function has the given variables. */
  answers(variables: Readonly<Record<string, string>>): readonly Answer[];
  /** The healthy stack, but with other answers to some requests. */
  but(...other: readonly Answer[]): AccountState;
  /** Runs `npm run doctor -- --stack MyStack`; returns the checks' lines and the lines below them. */
  examine(
    state: AccountState,
    ...options: string[]
  ): Promise<{ readonly checks: readonly string[]; readonly names: readonly string[]; readonly exitCode: number }>;
  /** Runs `npm run doctor -- --stack` with a stack that can't be read; returns its error. */
  refuse(state: AccountState, stackName: string, ...options: string[]): Promise<string>;
  /** Stops the stand-in; AWS's clients find AWS again. */
  close(): Promise<void>;
}

/**
 * Deploys the stack to a stand-in for AWS, which AWS's clients find from now on.
 *
 * @param endpoint the URL of its API, without a path
 * @param token its token
 */
export async function deployStack(endpoint: string, token: string): Promise<DeployedStack> {
  const account = await startAwsAccount();
  for (const [name, value] of Object.entries(account.environment)) vi.stubEnv(name, value);
  account.createSecret(SECRET, token);
  const answers = (variables: Readonly<Record<string, string>>) => healthyAnswers(endpoint, variables);
  const deploy = (template: Template) => deployTo(account, template);
  const healthy = { resources: await deploy(synthesise()), answers: answers(VARIABLES) };
  return {
    account,
    healthy,
    deploy,
    answers,
    async close() {
      vi.unstubAllEnvs();
      await account.close();
    },
    but: (...other) => ({ ...healthy, answers: [...other, ...healthy.answers] }),
    async examine(state, ...options) {
      account.state = state;
      const { lines, stderr, exitCode } = await runDoctor([token], "--stack", "MyStack", ...options);
      expect(stderr).toBe("");
      const end = lines.indexOf("");
      return { checks: lines.slice(0, end), names: lines.slice(end + 1), exitCode };
    },
    async refuse(state, stackName, ...options) {
      account.state = state;
      const { lines, stderr, exitCode } = await runDoctor([token], "--stack", stackName, ...options);
      expect({ lines, exitCode }).toEqual({ lines: [], exitCode: 1 });
      return stderr;
    },
  };
}

async function deployTo(account: AwsAccount, template: Template): Promise<Resource[]> {
  const resources = template.toJSON()["Resources"] as Record<string, { Type: string; Properties: object }>;
  return Promise.all(
    Object.entries(resources).map(async ([logicalId, { Type, Properties }]): Promise<Resource> => {
      const isQueue = Type === "AWS::SQS::Queue";
      return [
        Type,
        logicalId,
        isQueue ? await account.createQueue(logicalId) : physicalId(Type, logicalId, Properties),
      ];
    }),
  );
}

/** The value that `Ref` returns (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html). */
function physicalId(type: string, logicalId: string, properties: object): string {
  if (type === "AWS::ApiGatewayV2::Api") return API_ID;
  if (type === "AWS::ApiGatewayV2::DomainName" && "DomainName" in properties) return String(properties.DomainName);
  if (type === "AWS::Lambda::Version") return `${FUNCTION_ARN}:9`;
  if (type === "AWS::Lambda::Alias") return `${FUNCTION_ARN}:live`;
  if (type === "AWS::Events::Rule") return `bus|${logicalId}`;
  return `MyStack-${logicalId}`;
}

function healthyAnswers(apiEndpoint: string, Variables: Readonly<Record<string, string>>): readonly Answer[] {
  const Statement = {
    Effect: "Allow",
    Principal: { Service: "apigateway.amazonaws.com" },
    Condition: { ArnLike: { "AWS:SourceArn": `arn:aws:execute-api:us-east-1:000000000000:${API_ID}/*/*/callback` } },
  };
  return [
    [/\/configuration\?/, { Environment: { Variables } }],
    [/\/concurrency$/, {}],
    [/\/account-settings/, { AccountLimit: { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 1_000 } }],
    [/\/aliases\/live$/, { FunctionVersion: "9" }],
    [/\/policy\?Qualifier=live$/, { Policy: JSON.stringify({ Statement: [Statement] }) }],
    [/\/event-source-mappings\//, { State: "Enabled" }],
    [/^\/v2\/apis\/\w+$/, { apiEndpoint }],
    [/\/stages\//, { defaultRouteSettings: { throttlingRateLimit: 2_000, throttlingBurstLimit: 4_000 } }],
    [/^\/account$/, { throttleSettings: { rateLimit: 10_000, burstLimit: 5_000 } }],
    [/DescribeEventBus$/, {}],
    [/DescribeRule$/, { State: "ENABLED" }],
  ];
}

/** The line about one thing. */
export function about(lines: readonly string[], subject: string): string {
  return lines.find((line) => line.slice(6).startsWith(`${subject}: `)) ?? "";
}
