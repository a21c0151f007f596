import { CfnParameter, Lazy, Stack, Token } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../bin/shared/stack-config.ts";
import { findProblems } from "../../lib/check-settings.ts";
import { TencentChatEvents } from "../../lib/tencent-chat-events.ts";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { newApp, synthesise, synthesiseIn, variables } from "../support/stack.ts";

type Props = Partial<TencentChatEventsProps>;

const HANDLER = "https://chat.example.com/callback";
const EXPECTED = "expected an https URL such as https://chat.example.com/callback";
const CERTIFICATE_ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1234";
const domain = { domainName: "Callbacks.example.com", certificateArn: CERTIFICATE_ARN };

describe("The existing handler's URL", () => {
  test.each<[string, string]>([
    ["chat.example.com/callback", 'is "chat.example.com/callback": expected a URL such as https://chat.example.com'],
    ["http://chat.example.com/", `is "http://chat.example.com/": ${EXPECTED}, as signed callbacks must not travel`],
    [
      "https://user:secret@chat.example.com",
      `is "…": ${EXPECTED}, without credentials: the handler verifies Tencent's`,
    ],
    ["https://secret@chat.example.com", `is "…": ${EXPECTED}, without credentials`],
    ["https://chat.example.com/?key=secret", `is "…": ${EXPECTED}, without a query string or fragment: each callback`],
    ["https://chat.example.com/#secret", `is "…": ${EXPECTED}, without a query string or fragment`],
    ["ftp://secret@chat.example.com/", 'is "…": expected a URL such as https://chat.example.com/callback'],
    ["user:secret@chat.example.com", 'is "…": expected a URL such as https://chat.example.com/callback'],
    ["http://user:secret@chat.example.com", `is "…": ${EXPECTED}, as signed callbacks must not travel unencrypted`],
  ])("%s is refused, in code and with -c, and no message shows a secret", (relayUrl, message) => {
    for (const attempt of [() => synthesise({ relayUrl }), () => readConfig({ sdkAppId: SDK_APP_ID, relayUrl })]) {
      expect(attempt).toThrow(`relayUrl ${message}`);
      expect(attempt).not.toThrow("secret");
    }
  });

  test("shows no secret either if it is not even text", () => {
    const relayUrl = ["https://user:secret@chat.example.com"];
    const attempt = () => readConfig({ sdkAppId: SDK_APP_ID, relayUrl });
    expect(attempt).toThrow('relayUrl is "…": expected a URL');
    expect(attempt).not.toThrow("secret");
  });

  test.each([
    "https://callbacks.example.com/callback",
    "https://CALLBACKS.example.com/other",
    "https://callbacks.example.com./",
    "https://callbacks.example.com:8443/callback",
  ])("%s is refused on this stack's own domain Callbacks.example.com", (relayUrl) => {
    expect(() => synthesise({ domain, relayUrl })).toThrow(
      `relayUrl is "${relayUrl}": it is on this stack's own domain. Expected the URL of the existing handler`,
    );
  });

  test("is no obstacle to naming a domain of the wrong type", () => {
    const props = { sdkAppId: SDK_APP_ID, relayUrl: HANDLER, domain: { ...domain, domainName: 1 } };
    expect(findProblems(props)).toMatchObject([{ property: "domain.domainName" }]);
  });

  test("may be on another host of that domain", () => {
    expect(variables(synthesise({ domain, relayUrl: HANDLER }))).toMatchObject({ RELAY_URL: HANDLER });
  });

  test("may be filled in by CloudFormation", () => {
    const template = synthesiseIn((stack) => ({
      relayUrl: `https://${new CfnParameter(stack, "Host").valueAsString}/callback`,
    }));
    const relayUrl = { "Fn::Join": ["", ["https://", { Ref: "Host" }, "/callback"]] };
    expect(variables(template)).toMatchObject({ RELAY_URL: relayUrl });
  });

  test("is checked as far as it is known already", () => {
    const relayUrl = `http://chat.example.com/${Token.asString({ Ref: "Later" })}`;
    expect(() => synthesise({ relayUrl })).toThrow(`${EXPECTED}, as signed callbacks must not travel unencrypted`);
  });

  test.each<[keyof TencentChatEvents & ("apiUrl" | "callbackUrl"), Props]>([
    ["apiUrl", {}],
    ["callbackUrl", {}],
    ["callbackUrl", { domain }],
    ["apiUrl", { domain }],
  ])("is refused if CloudFormation would fill in the construct's own %s, with %j", (url, props) => {
    const stack = new Stack(newApp(), "Own");
    const chatEvents: TencentChatEvents = new TencentChatEvents(stack, "ChatEvents", {
      sdkAppId: SDK_APP_ID,
      ...props,
      relayUrl: Lazy.string({ produce: () => chatEvents[url] }),
    });
    expect(() => Template.fromStack(stack)).toThrow(
      "[Own/ChatEvents] relayUrl is this endpoint's own URL: expected the URL of the existing handler",
    );
  });

  test("may be that of another construct in the stack", () => {
    const stack = new Stack(newApp(), "Own");
    const { apiUrl } = new TencentChatEvents(stack, "Other", { sdkAppId: "1400000002" });
    new TencentChatEvents(stack, "ChatEvents", { sdkAppId: SDK_APP_ID, relayUrl: apiUrl });
    expect(variables(Template.fromStack(stack))["RELAY_URL"]).toMatchObject({ "Fn::Join": ["", expect.anything()] });
  });
});

describe("The commands to relay", () => {
  test.each<[Props, string]>([
    [{ relayCommands: ["*"] }, 'relayCommands is ["*"]: it has no effect without relayUrl. Set that, or leave out'],
    [{ relayUrl: HANDLER, relayCommands: [] }, "relayCommands is []: expected at least one command, or no list"],
    [{ relayCommands: [] }, "relayCommands is []: expected at least one command, or no list"],
    [{ relayUrl: HANDLER, relayCommands: ["C2C"] }, "relayCommands is [\"C2C\"]: 'C2C' is neither a command"],
  ])("%j are refused, with the way out", (props, message) => {
    expect(() => synthesise(props)).toThrow(message);
  });

  test("may be filled in by CloudFormation", () => {
    const template = synthesiseIn((stack) => {
      const { valueAsList } = new CfnParameter(stack, "Commands", { type: "CommaDelimitedList" });
      return { relayUrl: HANDLER, relayCommands: valueAsList };
    });
    expect(variables(template)["RELAY_COMMANDS"]).toEqual({ "Fn::Join": [",", { Ref: "Commands" }] });
  });
});

describe("Relaying warns", () => {
  const warnings = (props: Props) => {
    const stack = new TencentChatEventsStack(newApp(), "Stack", { sdkAppId: SDK_APP_ID, ...props });
    return Annotations.fromStack(stack)
      .findWarning("*", Match.anyValue())
      .map(({ entry }) => entry.data);
  };

  test.each([
    "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/callback",
    "https://a1.execute-api.cn-north-1.amazonaws.com.cn/callback",
  ])("of %s, which may be this endpoint", (relayUrl) => {
    expect(warnings({ relayUrl })).toEqual([
      expect.stringMatching(/^relayUrl looks like an endpoint of this project\..*npm run doctor -- --stack NAME/),
    ]);
  });

  test("of undocumented commands", () => {
    expect(warnings({ relayUrl: HANDLER, relayCommands: ["C2C.*", "Grup.*"] })).toEqual([
      expect.stringContaining("relayCommands: Tencent does not document 'Grup.*'; did you mean Group.*?"),
    ]);
  });

  test("not of commands that CloudFormation fills in", () => {
    expect(warnings({ relayUrl: HANDLER, relayCommands: Token.asList({ Ref: "Later" }) })).toEqual([]);
  });

  test.each(["https://a1b2c3.execute-api.eu-central-1.amazonaws.com/moderate", HANDLER])("not of %s", (relayUrl) => {
    expect(warnings({ relayUrl, relayCommands: ["C2C.CallbackBeforeSendMsg"] })).toEqual([]);
  });
});
