import { type App, Aws, CfnWaitCondition, CfnWaitConditionHandle, Fn } from "aws-cdk-lib";
import { CfnAlias, CfnFunction } from "aws-cdk-lib/aws-lambda";
import type { EnvironmentVariables } from "../../functions/environment.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { readConfig } from "../shared/stack-config.ts";
import type { Flaw } from "./account.ts";
import { addExistingHandler, EXISTING_HANDLER } from "./existing-handler.ts";
import { type IntegStackProps, RUNBOOK_URL, TAG } from "./stack-props.ts";

/**
 * Creates the stack that `npm run integ` deploys.
 *
 * @throws {StackConfigError} if the settings are invalid
 */
export function createIntegStack(app: App, { stackName, settings, flaw }: IntegStackProps): TencentChatEventsStack {
  const stack = new TencentChatEventsStack(app, "Integ", {
    ...readConfig({ runbookUrl: RUNBOOK_URL, ...settings }),
    stackName,
    description: "Integration test of tencent-chat-events: npm run integ -- --destroy-only deletes it",
    tags: { [TAG]: "true" },
  });
  if (settings["relayUrl"] === EXISTING_HANDLER) override(stack, "RELAY_URL", addExistingHandler(stack));
  if (flaw !== undefined) FLAWS[flaw](stack, stackName);
  return stack;
}

const FLAWS: Readonly<Record<Flaw, (stack: TencentChatEventsStack, stackName: string) => void>> = {
  "no-handler": (stack) => callbackFunction(stack).addPropertyOverride("Handler", "index.missing"),
  "no-destination": (stack, stackName) => override(stack, "QUEUE_URL", missingQueueUrl(stackName)),
  "failing-update": (stack) => {
    // Nobody signals it, so it fails after these seconds, in which callbacks go to the new version.
    const handle = new CfnWaitConditionHandle(stack, "NeverSignalled");
    const condition = new CfnWaitCondition(stack, "FailingUpdate", { handle: handle.ref, timeout: "20" });
    condition.node.addDependency(only(stack, CfnAlias, /CallbackAlias/));
  },
};

function override(stack: TencentChatEventsStack, variable: keyof EnvironmentVariables, value: string): void {
  callbackFunction(stack).addPropertyOverride(`Environment.Variables.${variable}`, value);
}

function missingQueueUrl(stackName: string): string {
  return Fn.join("", [
    "https://sqs.",
    Aws.REGION,
    ".",
    Aws.URL_SUFFIX,
    "/",
    Aws.ACCOUNT_ID,
    `/${stackName}-missing.fifo`,
  ]);
}

function callbackFunction(stack: TencentChatEventsStack): CfnFunction {
  return only(stack, CfnFunction, /\/CallbackFunction\//);
}

/** Finds the only construct of a class whose path matches. */
function only<Found>(
  stack: TencentChatEventsStack,
  type: abstract new (...parameters: never[]) => Found,
  path: RegExp,
): Found {
  const found = stack.node.findAll().filter((construct) => construct instanceof type && path.test(construct.node.path));
  if (found.length !== 1)
    throw new Error(`${found.length} constructs ${type.name} have a path like ${path}: expected one`);
  return found[0] as Found;
}
