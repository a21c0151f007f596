import { App } from "aws-cdk-lib";
import { readConfig } from "../lib/config.ts";
import { TencentChatEventsStack } from "../lib/tencent-chat-events-stack.ts";

const app = new App();
try {
  const config = readConfig(app.node);
  new TencentChatEventsStack(app, "TencentChatEvents", {
    description: `Read reports of Tencent Cloud Chat app ${config.sdkAppId} as events`,
    ...config,
  });
} catch (error) {
  // One message for the person at the keyboard; a stack trace would bury it.
  console.error((error as Error).message);
  process.exit(1);
}
