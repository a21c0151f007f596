import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import { Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  ApplicationLogLevel,
  type Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  type SystemLogLevel,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { CheckDeploymentVariables, EnvironmentVariables } from "../functions/environment.ts";
import { bundleFile, type FunctionName } from "./bundles.ts";
import type { BoundDestination } from "./destination.ts";

/** Properties that all functions of a `TencentChatEvents` share. */
export interface CommonFunctionProps {
  /** Memory in MB. */
  readonly memorySize: number;
  readonly architecture: Architecture;
  readonly systemLogLevel: SystemLogLevel;
  readonly logRetention: RetentionDays;
}

/** Properties of a {@link BundledFunction}. */
export interface BundledFunctionProps extends CommonFunctionProps {
  readonly name: FunctionName;
  readonly description: string;
  readonly environment: EnvironmentVariables | CheckDeploymentVariables;
  readonly timeout: Duration;
  readonly reservedConcurrentExecutions?: number | undefined;
}

/** A statement of an IAM policy that allows actions on one resource. */
export interface AllowStatement {
  readonly actions: readonly string[];
  /** An ARN. */
  readonly resource: string;
}

/** Allows a function to read the token from its secret. */
export function allowReadingToken({ secretArn }: Pick<ISecret, "secretArn">): AllowStatement {
  return { actions: ["secretsmanager:GetSecretValue"], resource: secretArn };
}

/** One of the functions in `functions/`, bundled. It has a log group and a role that may only write to that log group. */
export class BundledFunction extends LambdaFunction {
  /** @throws {Error} if the bundle has not been built */
  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    const { name, description, environment, timeout, reservedConcurrentExecutions } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: props.logRetention,
      // An event that could not be stored is only in the log.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // AWS's managed policy would allow writing to every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(role);
    const bundle = bundleFile(name);
    if (!existsSync(bundle)) throw new Error(`${bundle} is missing. Run 'npm run build' to create it.`);
    super(scope, id, {
      description,
      role,
      logGroup,
      code: Code.fromAsset(dirname(bundle)),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: props.architecture,
      memorySize: props.memorySize,
      timeout,
      environment: { ...environment },
      ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
      // Otherwise CloudFormation deletes the previous version at the end of an update, and it cannot be restored. A version whose
      // own deployment fails is deleted: Lambda would refuse to publish the same code again.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
      loggingFormat: LoggingFormat.JSON,
      // Metrics are log lines of this level.
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: props.systemLogLevel,
    });
  }

  /**
   * Grants permissions in a separate policy. When an update removes the policy, CloudFormation deletes it last, so that the
   * version that still serves callbacks keeps its permissions until then.
   *
   * @param id the policy's id, which must differ between purposes
   */
  allow(id: string, ...statements: readonly AllowStatement[]): void {
    const policy = new Policy(this, id, {
      statements: statements.map(
        ({ actions, resource }) => new PolicyStatement({ actions: [...actions], resources: [resource] }),
      ),
    });
    this.role?.attachInlinePolicy(policy);
    this.node.defaultChild?.node.addDependency(policy);
  }

  /** Grants the permission to publish to a destination, and waits for its prerequisites. */
  allowPublishing({ publishPolicyId, publishPermissions, prerequisites }: BoundDestination): void {
    this.allow(publishPolicyId, ...publishPermissions);
    this.node.defaultChild?.node.addDependency(...prerequisites);
  }
}
