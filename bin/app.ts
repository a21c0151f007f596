import { App } from "aws-cdk-lib";
import { CONFIG_KEYS, readConfig } from "../lib/config.ts";
import { TencentChatEventsStack } from "../lib/tencent-chat-events-stack.ts";

const app = new App();
try {
  const config = readConfig(Object.fromEntries(CONFIG_KEYS.map((key) => [key, app.node.tryGetContext(key)])));
  new TencentChatEventsStack(app, "TencentChatEvents", {
    description: `Read reports of Tencent Cloud Chat app ${config.sdkAppId} as events`,
    ...config,
  });
} catch (error) {
  // The message alone: it is meant for the person at the keyboard.
  console.error((error as Error).message);
  process.exit(1);
}
