import { Template } from "aws-cdk-lib/assertions";
import { expect, test } from "vitest";
import { SubscriberStack } from "../../examples/subscriber/stack.ts";
import { newApp, only } from "../support/stack.ts";

test("The subscriber's stack gets the reads of its accounts from a bus of another stack", () => {
  const props = { eventBusName: "the-bus", accounts: ["alice", "bob"] };
  const template = Template.fromStack(new SubscriberStack(newApp(), "Subscriber", props));
  const { properties } = only(template, "AWS::Events::Rule", {
    EventBusName: "the-bus",
    EventPattern: {
      source: ["tencent.chat"],
      "detail-type": ["C2C.CallbackAfterMsgReport"],
      detail: { data: { Report_Account: ["alice", "bob"] } },
    },
  });
  expect(properties["Targets"]).toMatchObject([{ DeadLetterConfig: { Arn: expect.anything() } }]);
});
