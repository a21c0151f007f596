import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { expect } from "vitest";
import { Destination } from "../../lib/destination.ts";
import { TencentChatEvents } from "../../lib/tencent-chat-events.ts";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { SDK_APP_ID } from "./callbacks.ts";

/** The destinations that the stack creates itself. */
export const NEW_DESTINATIONS = ["fifoQueue", "standardQueue", "eventBus"] as const;

const { context } = JSON.parse(readFileSync(join(import.meta.dirname, "../../cdk.json"), "utf8")) as {
  context: Record<string, unknown>;
};

/**
 * An app with the feature flags of `cdk.json`, as `cdk synth` makes it. CDK does not check its templates against
 * CloudFormation's rules, which would take four fifths of a synthesis: `template-validation.test.ts` does.
 */
export function newApp(): App {
  return new App({ context, builtinCloudFormationValidation: false });
}

let defaultTemplate: Template | undefined;

/** The stack's template. */
export function synthesise(props: Partial<TencentChatEventsProps> = {}): Template {
  // Half of all templates are compared with this one.
  if (Object.keys(props).length > 0) return newTemplate(props);
  defaultTemplate ??= newTemplate({});
  return defaultTemplate;
}

function newTemplate(props: Partial<TencentChatEventsProps>): Template {
  return Template.fromStack(new TencentChatEventsStack(newApp(), "Stack", { sdkAppId: SDK_APP_ID, ...props }));
}

/** The template of a user's own stack with the construct in it. */
export function synthesiseIn(
  makeProps: (stack: Stack) => Partial<TencentChatEventsProps>,
  use: (chatEvents: TencentChatEvents, stack: Stack) => void = () => {},
): Template {
  const stack = new Stack(newApp(), "Own");
  const props = { sdkAppId: SDK_APP_ID, destination: Destination.fifoQueue(), ...makeProps(stack) };
  use(new TencentChatEvents(stack, "ChatEvents", props), stack);
  return Template.fromStack(stack);
}

/** The only resource of a type, or the only one with the given properties. */
export function only(template: Template, type: string, properties: object = {}) {
  const found = Object.entries(template.findResources(type, { Properties: Match.objectLike(properties) }));
  expect(found.length, `${type} with ${JSON.stringify(properties)}`).toBe(1);
  const [[logicalId, resource]] = found as [[string, { Properties: Record<string, unknown> }]];
  return { logicalId, properties: resource.Properties };
}

/** The resource of a type that has the given path in the construct, without separators. */
export function named(template: Template, type: string, name: string) {
  const found = Object.entries(template.findResources(type)).filter(([id]) =>
    new RegExp(`^ChatEvents${name}[0-9A-F]{8}$`).test(id),
  );
  expect(found.length, `${type} ${name}`).toBe(1);
  const [[logicalId, resource]] = found as [[string, { Properties: Record<string, unknown> }]];
  return { logicalId, properties: resource.Properties };
}

/** The callback function. */
export const callbackFunction = (template: Template) => named(template, "AWS::Lambda::Function", "CallbackFunction");
/** A function's environment variables. */
export const variables = (template: Template, name = "CallbackFunction") =>
  (named(template, "AWS::Lambda::Function", name).properties["Environment"] as { Variables: Record<string, unknown> })
    .Variables;
/** The logical id of a log group. */
export const logGroupNamed = (template: Template, name: string) =>
  named(template, "AWS::Logs::LogGroup", name).logicalId;
/** The logical id of a queue. */
export const queueNamed = (template: Template, name: string) => named(template, "AWS::SQS::Queue", name).logicalId;
/** The template's reference to an attribute of a resource. */
export const getAtt = (logicalId: string, attribute = "Arn") => ({ "Fn::GetAtt": [logicalId, attribute] });
