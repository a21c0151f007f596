import { App } from "aws-cdk-lib";
import { TencentChatEventsStack } from "../lib/tencent-chat-events-stack.ts";
import { buildFunctions } from "./build/build-functions.ts";
import { readConfig } from "./shared/stack-config.ts";

const app = new App();
try {
  // The other keys are CDK's own.
  const context = Object.entries(app.node.getAllContext() as object).filter(
    ([key]) => !/[:/]|^cli-telemetry$/.test(key),
  );
  const config = readConfig(Object.fromEntries(context));
  // Bundles always match the sources.
  await buildFunctions();
  new TencentChatEventsStack(app, "TencentChatEvents", {
    // Each app has its own stack.
    stackName: `TencentChatEvents-${config.sdkAppId}`,
    description: `Callbacks of Tencent Cloud Chat app ${config.sdkAppId} as events`,
    ...config,
  });
} catch (error) {
  // Without the stack trace: the message is for the person at the keyboard.
  console.error((error as Error).message);
  process.exit(1);
}
