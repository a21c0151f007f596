import { Duration } from "aws-cdk-lib";
import type { IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import {
  type ILambdaDeploymentConfig,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
} from "aws-cdk-lib/aws-codedeploy";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { CheckDeploymentVariables } from "../functions/environment.ts";
import { allowReadingToken, BundledFunction, type CommonFunctionProps } from "./bundled-function.ts";

const STRATEGIES = {
  canary: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  linear: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
  "all-at-once": LambdaDeploymentConfig.ALL_AT_ONCE,
  forced: LambdaDeploymentConfig.ALL_AT_ONCE,
} satisfies Record<string, ILambdaDeploymentConfig>;

/**
 * How callbacks move to a new version of the function. `canary` moves 10 % of them, and the rest after five minutes. `linear`
 * moves 10 % every minute. `all-at-once` moves all of them. `forced` does so too but ignores alarms; use it to ship a fix.
 */
export type DeploymentStrategy = keyof typeof STRATEGIES;

/** Every {@link DeploymentStrategy}. */
export const DEPLOYMENT_STRATEGIES = Object.keys(STRATEGIES) as DeploymentStrategy[];

/** Properties of a {@link Deployment}. */
export interface DeploymentProps {
  readonly strategy: DeploymentStrategy;
  /** The alias that the API invokes. */
  readonly alias: Alias;
  /** Alarms that move callbacks back to the old version if they go off during the deployment. */
  readonly alarms: readonly IAlarm[];
  /** Settings that the checking function needs. */
  readonly variables: Pick<CheckDeploymentVariables, "SDK_APP_ID" | "ALLOWED_SOURCE_CIDRS">;
  readonly tokenSecret: ISecret | undefined;
  readonly functionProps: CommonFunctionProps;
}

/**
 * Checks a new version of the callback function, moves callbacks to it step by step, and moves them back if an alarm goes off.
 * Tencent never resends a callback, so a bad version would lose every callback that it gets.
 */
export class Deployment extends Construct {
  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    const { strategy, alias, alarms, variables, tokenSecret, functionProps } = props;
    const checkFunction = new BundledFunction(this, "Check", {
      ...functionProps,
      name: "check-deployment",
      description: "Checks a new version of the callback function before it receives callbacks",
      environment: {
        ...variables,
        CALLBACK_FUNCTION_ARN: alias.version.functionArn,
        ...(tokenSecret && { TOKEN_SECRET_ARN: tokenSecret.secretArn }),
      } satisfies CheckDeploymentVariables,
      timeout: Duration.seconds(30),
    });
    checkFunction.allow("InvokeVersion", {
      actions: ["lambda:InvokeFunction"],
      // A policy for one version would change with it, and the change might not take effect before the check.
      resource: `${alias.version.lambda.functionArn}:*`,
    });
    if (tokenSecret) checkFunction.allow("ReadToken", allowReadingToken(tokenSecret));

    new LambdaDeploymentGroup(this, "Group", {
      alias,
      deploymentConfig: STRATEGIES[strategy],
      alarms: [...alarms],
      ignoreAlarmConfiguration: strategy === "forced",
      // AWS's managed policy would allow changing the aliases of every function in the account.
      role: createRole(this, alias, checkFunction).withoutPolicyUpdates(),
      preHook: checkFunction,
    });
    // CodeDeploy needs these resources as soon as the alias changes.
    alias.node.addDependency(this);
  }
}

/**
 * Creates a role with the permissions of AWSCodeDeployRoleForLambdaLimited, limited to this function. It needs neither S3, as
 * CloudFormation passes the deployment to CodeDeploy, nor SNS.
 */
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
