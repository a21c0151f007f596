import { Duration } from "aws-cdk-lib";
import type { IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import {
  type ILambdaDeploymentConfig,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
} from "aws-cdk-lib/aws-codedeploy";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Alias, CfnAlias } from "aws-cdk-lib/aws-lambda";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { CheckDeploymentVariables } from "../functions/environment.ts";
import { allowReadingToken, BundledFunction, type CommonFunctionProps } from "./bundled-function.ts";

// CodeDeploy's "all at once" is missing: no alarm could go off before the deployment has ended.
const STRATEGIES = {
  canary: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  linear: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
  // CodeDeploy takes no part in it.
  forced: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
} satisfies Record<string, ILambdaDeploymentConfig>;

/**
 * How callbacks move to a new version of the function. `canary` moves 10 % of them, and the rest after five minutes. `linear`
 * moves 10 % every minute. `forced` moves all of them at once, without a check and whatever the alarms say; use it to ship a fix
 * or to go back.
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
  /** The token's secret; `undefined` if callbacks are not authenticated. */
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
      // AWS's managed policy would allow changing the aliases of every function in the account.
      role: createRole(this, alias, checkFunction).withoutPolicyUpdates(),
      preHook: checkFunction,
    });
    // CloudFormation then sets the alias itself, which succeeds even if someone has moved the alias by hand: CodeDeploy refuses to
    // start unless the alias is at the version that CloudFormation deployed last.
    if (strategy === "forced") delete (alias.node.defaultChild as CfnAlias).cfnOptions.updatePolicy;
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
