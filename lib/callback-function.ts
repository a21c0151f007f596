import { Duration } from "aws-cdk-lib";
import { Alias, type IVersion } from "aws-cdk-lib/aws-lambda";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { EnvironmentVariables } from "../functions/environment.ts";
import { allowReadingToken, BundledFunction, type CommonFunctionProps } from "./bundled-function.ts";
import { CALLBACK_ALIAS } from "./callback-alias.ts";
import type { BoundDestination } from "./destination.ts";

/** Properties of the callback function. */
export interface CallbackFunctionProps {
  readonly functionProps: CommonFunctionProps;
  readonly reservedConcurrentExecutions: number | undefined;
  readonly environment: EnvironmentVariables;
  readonly destination: BoundDestination;
  readonly standbyQueue: IQueue;
  readonly tokenSecret: ISecret | undefined;
}

/**
 * Creates the function that handles callbacks.
 *
 * @returns its alias, which the API invokes and which moves to new versions step by step
 */
export function createCallbackFunction(scope: Construct, props: CallbackFunctionProps): Alias {
  const { functionProps, reservedConcurrentExecutions, environment, destination, standbyQueue, tokenSecret } = props;
  const callbackFunction = new BundledFunction(scope, "CallbackFunction", {
    ...functionProps,
    reservedConcurrentExecutions,
    name: "callback",
    description: "Authenticates callbacks of Tencent Cloud Chat and stores them as events",
    environment,
    // The function always answers within 4 s.
    timeout: Duration.seconds(10),
  });
  callbackFunction.allowPublishing(destination);
  callbackFunction.allow("SendToStandby", { actions: ["sqs:SendMessage"], resource: standbyQueue.queueArn });
  if (tokenSecret) callbackFunction.allow("ReadToken", allowReadingToken(tokenSecret));
  return new Alias(scope, "CallbackAlias", {
    aliasName: CALLBACK_ALIAS,
    // The cast is needed because CDK is not compiled with exactOptionalPropertyTypes.
    version: callbackFunction.currentVersion as IVersion,
  });
}
