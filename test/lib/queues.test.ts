import { Annotations, Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { Destination } from "../../lib/destination.ts";
import { TencentChatEventsStack } from "../../lib/tencent-chat-events-stack.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { newApp } from "../support/stack.ts";

describe("The names that CloudFormation makes up for FIFO queues", () => {
  const warnings = (stackName: string, destination: Destination) => {
    const stack = new TencentChatEventsStack(newApp(), stackName, { sdkAppId: SDK_APP_ID, destination });
    return Annotations.fromStack(stack).findWarning("*", Match.stringLikeRegexp("FIFO queue a name of more than 80"));
  };
  const fifo = Destination.fifoQueue();

  test.each([`TencentChatEvents-${SDK_APP_ID}`, `ChatEventsInteg-${SDK_APP_ID}`])("fit in the stack %s", (name) => {
    expect(warnings(name, fifo)).toEqual([]);
  });

  test("cause a warning where they may not fit, as the deployment would fail", () => {
    const name = "A-stack-name-that-leaves-no-room-for-others";
    expect(warnings(name, fifo)).toMatchObject([
      { entry: { data: expect.stringMatching(/stack name of at most \d+ characters \(now 43\)/) } },
    ]);
    expect(warnings(name, Destination.standardQueue())).toEqual([]);
  });
});
