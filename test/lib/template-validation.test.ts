import { Duration, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { EventBus, type IEventBus } from "aws-cdk-lib/aws-events";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { newApp } from "../support/stack.ts";
import { checkTemplate } from "../support/template/check-template.ts";
import type { CloudFormationTemplate } from "../support/template/cloudformation-template.ts";
import { EXAMPLE_TEMPLATE, plant } from "../support/template/example-template.ts";
import { OWN_RULE_MISTAKES } from "../support/template/own-rule-mistakes.ts";
import { VALIDATOR_MISTAKES } from "../support/template/validator-mistakes.ts";

type Props = Partial<TencentChatEventsProps>;
/** The values of a setting, or of settings that belong together. Existing resources are in another stack of the app. */
type Values = Readonly<Record<string, Props | ((otherStack: Stack) => Props)>>;

const DOMAIN: Props = {
  domain: {
    domainName: "callbacks.example.com",
    certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
  },
};

const SETTINGS: Readonly<Record<string, Values>> = {
  destination: {
    "a FIFO queue": { destination: Destination.fifoQueue() },
    "a standard queue": { destination: Destination.standardQueue() },
    "an event bus": { destination: Destination.eventBus() },
    "an existing queue": (stack) => ({ destination: Destination.existingQueue(new Queue(stack, "Mine")) }),
    "an existing bus": (stack) => ({
      // The cast is needed because CDK is not compiled with exactOptionalPropertyTypes.
      destination: Destination.existingEventBus(new EventBus(stack, "Mine") as IEventBus),
    }),
  },
  authentication: {
    "a token": {},
    "no authentication": { authentication: "none", acceptUnauthenticated: true },
  },
  domain: {
    "API Gateway's domain": {},
    "its own domain": DOMAIN,
  },
  relayUrl: {
    "no handler": {},
    "an existing handler": { relayUrl: "https://chat.example.com/callback" },
  },
  footprint: {
    "a full footprint": {},
    "a small footprint": { footprint: "small" },
  },
};

/** Settings that add or lengthen something, all at once. */
const MANY_SETTINGS: Props = {
  ...DOMAIN,
  forward: ["*"],
  relayUrl: "https://chat.example.com/callback",
  relayCommands: ["C2C.*", "Group.*"],
  // As many as its own check lets through.
  allowedSourceCidrs: Array.from({ length: 150 }, (_, i) => `203.113.100.${100 + (i % 100)}/32`),
  retention: Duration.days(3),
  visibilityTimeout: Duration.hours(12),
  republishConcurrency: 60,
  reservedConcurrentExecutions: 50,
  alarmEmail: "operator@example.com",
  alarmOnSilence: Duration.hours(168),
  deployment: "linear",
};

/** Every combination of one value of each setting. */
const combinations = Object.values(SETTINGS).reduce<readonly (readonly string[])[]>(
  (all, values) => all.flatMap((combination) => Object.keys(values).map((value) => [...combination, value])),
  [[]],
);

/** The template of a stack with the longest name that CloudFormation accepts. */
function synthesise(values: readonly string[], others: Props = {}): CloudFormationTemplate {
  const app = newApp();
  const otherStack = new Stack(app, "Other");
  const props = Object.values(SETTINGS).map((setting, i) => {
    const value = setting[values[i] ?? ""] ?? {};
    return typeof value === "function" ? value(otherStack) : value;
  });
  const stack = new TencentChatEventsStack(app, "S".repeat(128), {
    sdkAppId: SDK_APP_ID,
    ...Object.assign({}, ...props),
    ...others,
  });
  return Template.fromStack(stack).toJSON() as CloudFormationTemplate;
}

describe("CloudFormation and the services accept the stack's template with", () => {
  test.each(combinations.map((values) => ({ values, name: values.join(", ") })))("$name", ({ values }) => {
    expect(checkTemplate(synthesise(values))).toEqual([]);
  });

  test.each(Object.keys(SETTINGS["destination"] ?? {}))("%s and many other settings", (destination) => {
    expect(checkTemplate(synthesise([destination], MANY_SETTINGS))).toEqual([]);
  });
});

describe("The check of templates", () => {
  test("finds nothing in a template without mistakes", () => {
    expect(checkTemplate(EXAMPLE_TEMPLATE)).toEqual([]);
  });

  test.each([...VALIDATOR_MISTAKES, ...OWN_RULE_MISTAKES])("finds %s", (_mistake, path, value, ...findings) => {
    expect(checkTemplate(plant(path, value))).toEqual(findings);
  });
});
