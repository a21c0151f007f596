import { execFileSync } from "node:child_process";
import { Duration } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { EnvironmentVariables } from "../functions/environment.ts";
import { bundleFolder, type FunctionName } from "./build-functions.ts";

/** Properties of a {@link BundledFunction}. */
export interface BundledFunctionProps {
  /** Which of the functions it is. */
  readonly name: FunctionName;
  readonly description: string;
  /** What the function is told. */
  readonly environment: EnvironmentVariables;
  /** How many environments are reserved for it, and at most used by it. */
  readonly reservedConcurrentExecutions?: number | undefined;
}

/** One of the functions in `functions/`, bundled, with a log group and a role of its own that may write there. */
export class BundledFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    const { name, description, environment, reservedConcurrentExecutions } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, { retention: RetentionDays.TWO_WEEKS });
    // Without AWS's managed policy, which allows writing to every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(role);
    buildBeforeSynthesis();
    super(scope, id, {
      description,
      role,
      logGroup,
      code: Code.fromAsset(bundleFolder(name)),
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // At 128 MB the first call takes too long for Tencent's two seconds.
      memorySize: 256,
      // The function answers within 4 s, whatever happens.
      timeout: Duration.seconds(10),
      environment: { ...environment },
      ...(reservedConcurrentExecutions !== undefined && { reservedConcurrentExecutions }),
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
    });
  }

  /** Allows the function one action: narrower than the constructs' own grants, which add its neighbours. */
  allow(action: string, ...resources: string[]): void {
    this.addToRolePolicy(new PolicyStatement({ actions: [action], resources }));
  }
}

let built = false;

/** Bundles the functions, so that there is no build step to forget. In a process of its own, as synthesis can't wait. */
function buildBeforeSynthesis(): void {
  if (built) return;
  const builder = new URL("./build-functions.ts", import.meta.url).href;
  const script = `import { buildFunctions } from ${JSON.stringify(builder)}; await buildFunctions();`;
  execFileSync(process.execPath, ["--input-type=module", "--eval", script], { stdio: "pipe" });
  built = true;
}
