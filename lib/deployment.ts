import { Duration } from "aws-cdk-lib";
import type { IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import {
  type ILambdaDeploymentConfig,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
} from "aws-cdk-lib/aws-codedeploy";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { CheckDeploymentVariables } from "../functions/environment.ts";
import { BundledFunction, type FunctionSettings, readToken } from "./bundled-function.ts";

/** How callbacks move from one version of the function to the next. */
const STRATEGIES = {
  canary: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  linear: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
  "all-at-once": LambdaDeploymentConfig.ALL_AT_ONCE,
  forced: LambdaDeploymentConfig.ALL_AT_ONCE,
} satisfies Record<string, ILambdaDeploymentConfig>;

/**
 * `canary`: a tenth, and after five minutes the rest; `linear`: a tenth more each minute; `all-at-once`; `forced`: all at
 * once whatever the alarms say, for a new version that is the cure.
 */
export type DeploymentStrategy = keyof typeof STRATEGIES;

/** All strategies. */
export const DEPLOYMENT_STRATEGIES = Object.keys(STRATEGIES) as DeploymentStrategy[];

/** Properties of a {@link Deployment}. */
export interface DeploymentProps {
  readonly strategy: DeploymentStrategy;
  /** What callbacks are sent to. */
  readonly alias: Alias;
  /** What moves callbacks back to the old version when one of them goes off meanwhile. */
  readonly alarms: readonly IAlarm[];
  /** What the new version is checked with. */
  readonly check: Omit<CheckDeploymentVariables, "CALLBACK_FUNCTION_ARN" | "TOKEN_SECRET_ARN">;
  readonly tokenSecret: ISecret | undefined;
  readonly settings: FunctionSettings;
  /** How long the log of the checking function is kept. */
  readonly logRetention: RetentionDays;
}

/**
 * Moves callbacks to a new version of the function step by step, after a check, and back when an alarm goes off: nothing
 * is ever resent, so a bad version loses all it touches.
 */
export class Deployment extends Construct {
  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    const { strategy, alias, alarms, check, tokenSecret, settings, logRetention } = props;
    const checkFunction = new BundledFunction(this, "Check", {
      ...settings,
      name: "check-deployment",
      description: "Checks a new version of the callback function before callbacks reach it",
      environment: {
        ...check,
        CALLBACK_FUNCTION_ARN: alias.version.functionArn,
        ...(tokenSecret && { TOKEN_SECRET_ARN: tokenSecret.secretArn }),
      } satisfies CheckDeploymentVariables,
      timeout: Duration.seconds(30),
      logRetention,
    });
    checkFunction.allow("InvokeVersion", {
      actions: ["lambda:InvokeFunction"],
      // All versions, so that no change of the policy has to spread before the check.
      resource: `${alias.version.lambda.functionArn}:*`,
    });
    if (tokenSecret) checkFunction.allow("ReadToken", readToken(tokenSecret));

    new LambdaDeploymentGroup(this, "Group", {
      alias,
      deploymentConfig: STRATEGIES[strategy],
      alarms: [...alarms],
      ignoreAlarmConfiguration: strategy === "forced",
      // AWS's managed policy for this would allow changing the aliases of all functions in the account.
      role: createRole(this, alias, checkFunction).withoutPolicyUpdates(),
      preHook: checkFunction,
    });
    // CodeDeploy has to find all it needs when the alias changes.
    alias.node.addDependency(this);
  }
}

/** What AWSCodeDeployRoleForLambdaLimited allows, for this one function; CloudFormation hands the rest to CodeDeploy. */
function createRole(scope: Construct, alias: Alias, checkFunction: BundledFunction): Role {
  const role = new Role(scope, "Role", { assumedBy: new ServicePrincipal("codedeploy.amazonaws.com") });
  const { functionArn } = alias.version.lambda;
  const statements = [
    { actions: ["cloudwatch:DescribeAlarms"], resources: ["*"] },
    {
      actions: ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"],
      resources: [functionArn, `${functionArn}:*`],
    },
    { actions: ["lambda:InvokeFunction"], resources: [checkFunction.functionArn] },
  ];
  for (const statement of statements) role.addToPolicy(new PolicyStatement(statement));
  return role;
}
