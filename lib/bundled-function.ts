import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import { Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { CheckDeploymentVariables, EnvironmentVariables } from "../functions/environment.ts";
import { bundleFile, type FunctionName } from "./bundles.ts";

/** What a user may choose of all functions. */
export interface FunctionSettings {
  /**
   * Memory in MB, and with it the share of a processor.
   *
   * @default 256: at 128 the first call takes too long for Tencent's two seconds
   */
  readonly memorySize?: number | undefined;
  /**
   * The processors functions run on.
   *
   * @default Architecture.ARM_64
   */
  readonly architecture?: Architecture | undefined;
  /**
   * From which level on Lambda's own lines are logged.
   *
   * @default SystemLogLevel.WARN: a line for each call would cost more than the rest of the log
   */
  readonly systemLogLevel?: SystemLogLevel | undefined;
}

/** What may be done with what. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resource: string;
}

/** What reading the token takes. */
export function readToken({ secretArn }: { readonly secretArn: string }): Permission {
  return { actions: ["secretsmanager:GetSecretValue"], resource: secretArn };
}

/** Properties of a {@link BundledFunction}. */
export interface BundledFunctionProps extends FunctionSettings {
  /** Which of the functions it is. */
  readonly name: FunctionName;
  readonly description: string;
  /** What the function is told. */
  readonly environment: EnvironmentVariables | CheckDeploymentVariables;
  readonly timeout: Duration;
  /** How long its log is kept. */
  readonly logRetention: RetentionDays;
  /** How many environments are reserved for it, and at most used by it. */
  readonly reservedConcurrentExecutions?: number | undefined;
}

/** One of the functions in `functions/`, bundled, with a log group and a role of its own that may write there. */
export class BundledFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    const { name, description, environment, timeout, logRetention, reservedConcurrentExecutions } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: logRetention,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    // Without AWS's managed policy, which allows writing to every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(role);
    const bundle = bundleFile(name);
    if (!existsSync(bundle)) throw new Error(`${bundle} is missing: 'npm run build' makes it`);
    super(scope, id, {
      description,
      role,
      logGroup,
      code: Code.fromAsset(dirname(bundle)),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: props.architecture ?? Architecture.ARM_64,
      memorySize: props.memorySize ?? 256,
      timeout,
      environment: { ...environment },
      ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
      // CloudFormation would delete the version before at the end of an update, and nobody could go back to it.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
      loggingFormat: LoggingFormat.JSON,
      // The metrics are lines of this level.
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: props.systemLogLevel ?? SystemLogLevel.WARN,
    });
  }

  /**
   * Allows the function something, by a policy of its own: when what it is for goes away in an update, CloudFormation
   * deletes it last, and until then the version that still serves callbacks may go on.
   *
   * @param id the policy's id, which has to be another one when it is about something else
   */
  allow(id: string, ...permissions: readonly Permission[]): void {
    const policy = new Policy(this, id, {
      statements: permissions.map(
        ({ actions, resource }) => new PolicyStatement({ actions: [...actions], resources: [resource] }),
      ),
    });
    this.role?.attachInlinePolicy(policy);
    this.node.defaultChild?.node.addDependency(policy);
  }
}
