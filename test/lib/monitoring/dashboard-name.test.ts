import { Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import type { Monitoring } from "../../../lib/monitoring/monitoring.ts";
import { TencentChatEvents } from "../../../lib/tencent-chat-events.ts";
import { SDK_APP_ID } from "../../support/callbacks.ts";
import { newApp, only, synthesise, synthesiseIn } from "../../support/stack.ts";

/** The construct in a stack of its own, with the dashboard's URL. */
function create(env?: { account: string; region: string }) {
  const stack = new Stack(newApp(), "Chat", env && { env });
  const chatEvents = new TencentChatEvents(stack, "ChatEvents", { sdkAppId: SDK_APP_ID });
  const { dashboardUrl } = chatEvents.node.findChild("Monitoring") as Monitoring;
  return { stack, dashboardUrl: stack.resolve(dashboardUrl) as unknown };
}

describe("The dashboard's name", () => {
  test("is the stack's and the region's, because dashboards of all regions share one set of names", () => {
    const { properties } = only(synthesise(), "AWS::CloudWatch::Dashboard");
    expect(properties["DashboardName"]).toEqual({ "Fn::Join": ["", ["Stack-", { Ref: "AWS::Region" }]] });
  });

  test("differs between constructs of a stack, and between stacks whose names would look alike", () => {
    const app = newApp();
    const env = { account: "123456789012", region: "eu-central-1" };
    const ids = [
      ["A", "ChatEvents"],
      ["A", "B"],
      ["A", "Chat Events"],
      ["A-B", "ChatEvents"],
    ] as const;
    const stacks = new Map(["A", "A-B"].map((name) => [name, new Stack(app, name, { env })]));
    for (const [name, id] of ids) new TencentChatEvents(stacks.get(name) as Stack, id, { sdkAppId: SDK_APP_ID });
    const names = Array.from(stacks.values()).flatMap((stack) =>
      Object.values(Template.fromStack(stack).findResources("AWS::CloudWatch::Dashboard")).map(
        ({ Properties }) => Properties.DashboardName as string,
      ),
    );
    expect(names).toEqual(["A-eu-central-1", "A_B-eu-central-1", "A_Chat_Events-eu-central-1", "A-B-eu-central-1"]);
  });
});

describe("The dashboard's URL", () => {
  test.each([
    ["eu-central-1", "console.aws.amazon.com"],
    ["cn-north-1", "console.amazonaws.cn"],
    ["us-gov-west-1", "console.amazonaws-us-gov.com"],
  ])("in %s is at %s", (region, domain) => {
    const { dashboardUrl } = create({ account: "123456789012", region });
    expect(dashboardUrl).toBe(`https://${domain}/cloudwatch/home?region=${region}#dashboards/dashboard/Chat-${region}`);
  });

  test("is put together by CloudFormation where it alone knows the region", () => {
    const { stack, dashboardUrl } = create();
    const [[mapping, consoles] = []] = Object.entries(Template.fromStack(stack).findMappings("*"));
    const region = { Ref: "AWS::Region" };
    expect(dashboardUrl).toEqual({
      "Fn::Join": [
        "",
        [
          "https://",
          { "Fn::FindInMap": [mapping, { Ref: "AWS::Partition" }, "Domain"] },
          "/cloudwatch/home?region=",
          region,
          "#dashboards/dashboard/Chat-",
          region,
        ],
      ],
    });
    expect(consoles).toMatchObject({ "aws-cn": { Domain: "console.amazonaws.cn" } });
  });

  test("needs nothing in the template while nobody asks for it", () => {
    expect(synthesiseIn(() => ({})).findMappings("*")).toEqual({});
  });
});
