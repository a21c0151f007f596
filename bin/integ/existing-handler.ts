import { RemovalPolicy, type Stack } from "aws-cdk-lib";
import { Code, FunctionUrlAuthType, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";

/** The value of the setting `relayUrl` that stands for the URL of {@link addExistingHandler}'s function. */
export const EXISTING_HANDLER = "https://existing-handler.invalid/";

/** The reply of the existing handler to a before-callback, in `ErrorInfo`. */
export const VERDICT = "forbidden by the existing handler";

/** The source of a handler that forbids whatever it is asked with a signature, and accepts the rest. */
export const HANDLER_SOURCE = `exports.handler = async ({ rawQueryString }) => {
  const query = new URLSearchParams(rawQueryString);
  const isQuestion = query.get("CallbackCommand")?.includes("CallbackBefore") && query.has("Sign");
  const reply = isQuestion
    ? { ActionStatus: "FAIL", ErrorCode: 120001, ErrorInfo: ${JSON.stringify(VERDICT)} }
    : { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(reply) };
};
`;

/**
 * Adds an existing handler to a stack: a function with a public URL, which CloudFormation deletes with everything that it wrote.
 *
 * @returns its URL
 */
export function addExistingHandler(stack: Stack): string {
  const handler = new LambdaFunction(stack, "ExistingHandler", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline(HANDLER_SOURCE),
    logGroup: new LogGroup(stack, "ExistingHandlerLogs", {
      retention: RetentionDays.ONE_DAY,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  });
  return handler.addFunctionUrl({ authType: FunctionUrlAuthType.NONE }).url;
}
