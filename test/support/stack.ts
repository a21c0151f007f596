import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { expect } from "vitest";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { SDK_APP_ID } from "./callbacks.ts";

/** An app with the feature flags of `cdk.json`, as `cdk synth` makes it. */
export function newApp(): App {
  const { context } = JSON.parse(readFileSync(join(import.meta.dirname, "../../cdk.json"), "utf8")) as {
    context: Record<string, unknown>;
  };
  return new App({ context });
}

/** The stack's template. */
export function synthesise(props: Partial<TencentChatEventsProps> = {}): Template {
  return Template.fromStack(new TencentChatEventsStack(newApp(), "Stack", { sdkAppId: SDK_APP_ID, ...props }));
}

/** The only resource of a type, or the only one with the given properties. */
export function only(template: Template, type: string, properties: object = {}) {
  const found = Object.entries(template.findResources(type, { Properties: Match.objectLike(properties) }));
  expect(found.length, `${type} with ${JSON.stringify(properties)}`).toBe(1);
  const [[logicalId, resource]] = found as [[string, { Properties: Record<string, unknown> }]];
  return { logicalId, properties: resource.Properties };
}

/** The callback function. */
export const callbackFunction = (template: Template) => only(template, "AWS::Lambda::Function");
/** The callback function's environment variables. */
export const variables = (template: Template) =>
  (callbackFunction(template).properties["Environment"] as { Variables: Record<string, unknown> }).Variables;
/** The logical id of a log group that is kept for two weeks. */
export const logGroupNamed = (template: Template, name: string) =>
  Object.keys(template.findResources("AWS::Logs::LogGroup", { Properties: { RetentionInDays: 14 } })).find((id) =>
    id.startsWith(`ChatEvents${name}`),
  ) ?? "";
/** The logical id of a queue. */
export const queueNamed = (template: Template, name: string) =>
  Object.keys(template.findResources("AWS::SQS::Queue")).find((id) => id.startsWith(`ChatEvents${name}`)) ?? "";
