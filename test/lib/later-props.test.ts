import { CfnParameter, Duration, Token } from "aws-cdk-lib";
import { describe, expect, test } from "vitest";
import type { TencentChatEventsProps } from "../../lib/tencent-chat-events-props.ts";
import { synthesise, synthesiseIn, variables } from "../support/stack.ts";

describe("The property", () => {
  test("allowedSourceCidrs may be filled in by CloudFormation", () => {
    const template = synthesiseIn((stack) => {
      const parameter = new CfnParameter(stack, "Cidrs", { type: "CommaDelimitedList" });
      return { allowedSourceCidrs: parameter.valueAsList };
    });
    expect(variables(template)["ALLOWED_SOURCE_CIDRS"]).toEqual({ "Fn::Join": [",", { Ref: "Cidrs" }] });
  });

  test("clockSkewSeconds and tokenOverlap may be filled in by CloudFormation", () => {
    const template = synthesiseIn((stack) => {
      const { valueAsNumber } = new CfnParameter(stack, "Later", { type: "Number" });
      return { clockSkewSeconds: valueAsNumber, tokenOverlap: Duration.seconds(valueAsNumber) };
    });
    const later = { Ref: "Later" };
    expect(variables(template)).toMatchObject({ CLOCK_SKEW_SECONDS: later, TOKEN_OVERLAP_SECONDS: later });
  });

  const LATER = Token.asString({ Ref: "Later" });

  test.each<[Partial<TencentChatEventsProps>]>([
    [{ forward: [LATER] }],
    [{ authentication: LATER as "none" }],
    [{ deployment: LATER as "linear" }],
    [{ retention: Duration.days(Token.asNumber({ Ref: "Later" })) }],
    [{ alarmOnSilence: Duration.hours(Token.asNumber({ Ref: "Later" })) }],
  ])("%j may not be filled in by CloudFormation, as the template depends on it", (props) => {
    expect(() => synthesise(props)).toThrow(`${Object.keys(props)[0]} is `);
  });

  test.each([
    ["sdkAppId", (value: string) => ({ sdkAppId: value })],
    ["domain", (value: string) => ({ domain: { domainName: value, certificateArn: value } })],
    ["alarmEmail", (value: string) => ({ alarmEmail: value })],
    ["relayUrl", (value: string) => ({ relayUrl: value })],
    ["runbookUrl", (value: string) => ({ runbookUrl: value })],
  ])("%s may be filled in by CloudFormation", (_name, makeProps) => {
    const template = synthesiseIn((stack) => makeProps(new CfnParameter(stack, "Later").valueAsString));
    expect(JSON.stringify(template.toJSON()["Resources"])).toContain('{"Ref":"Later"}');
  });
});
