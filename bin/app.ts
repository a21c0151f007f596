import { App } from "aws-cdk-lib";
import { TencentChatEventsStack } from "../lib/tencent-chat-events-stack.ts";
import { buildFunctions } from "./build/build-functions.ts";
import { readConfig } from "./stack-config.ts";

const app = new App();
try {
  // CDK's own context keys.
  const context = Object.entries(app.node.getAllContext() as object).filter(
    ([key]) => !/[:/]|^cli-telemetry$/.test(key),
  );
  const config = readConfig(Object.fromEntries(context));
  // Whatever is deployed is what the sources say.
  await buildFunctions();
  new TencentChatEventsStack(app, "TencentChatEvents", {
    // Another app's stack must not replace this one.
    stackName: `TencentChatEvents-${config.sdkAppId}`,
    description: `Callbacks of Tencent Cloud Chat app ${config.sdkAppId} as events`,
    ...config,
  });
} catch (error) {
  // The message alone: it is meant for the person at the keyboard.
  console.error((error as Error).message);
  process.exit(1);
}
