import { Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { describe, expect, test } from "vitest";
import { CallbacksSubscription } from "../../lib/callbacks-subscription.ts";
import { Destination } from "../../lib/destination.ts";
import { TencentChatEvents } from "../../lib/tencent-chat-events.ts";
import { compileEventPattern } from "../../local/event-pattern.ts";
import { SDK_APP_ID } from "../support/callbacks.ts";
import { NEW_DESTINATIONS, newApp, synthesise, synthesiseIn } from "../support/stack.ts";

describe("When more than the read report is forwarded", () => {
  const forward = ["C2C.CallbackAfterSendMsg", "Group.*", "Group.CallbackBeforeSendMsg"];
  const subscribe = (commands: string[], options = {}) =>
    synthesiseIn(
      () => ({ destination: Destination.eventBus(), forward, ...options }),
      (chatEvents, stack) =>
        chatEvents.subscribeToCallbacks(stack, "Some", commands, new SqsQueue(new Queue(stack, "Mine"))),
    );
  const patterns = (template: Template) =>
    Object.values(template.findResources("AWS::Events::Rule")).map(({ Properties }) => Properties.EventPattern);

  test("the bus's own queue gets every event", () => {
    const template = synthesise({ destination: Destination.eventBus(), forward });
    expect(patterns(template)).toEqual([{ source: ["tencent.chat"] }]);
  });

  test("no queue is replaced", () => {
    for (const kind of NEW_DESTINATIONS) {
      const queues = (props: object) =>
        synthesise({ destination: Destination[kind](), ...props }).findResources("AWS::SQS::Queue");
      expect(queues({ forward })).toEqual(queues({}));
    }
  });

  test.each([
    [["C2C.CallbackAfterSendMsg"], { "detail-type": ["C2C.CallbackAfterSendMsg"] }],
    [
      ["Group.*", "C2C.CallbackAfterMsgReport"],
      { "detail-type": [{ prefix: "Group." }, "C2C.CallbackAfterMsgReport"] },
    ],
    [["C2C.*"], { "detail-type": [{ prefix: "C2C." }] }],
    [["Group.CallbackBeforeSendMsg"], { "detail-type": ["Group.CallbackBeforeSendMsg"] }],
    [["*"], {}],
    [["*", "Group.CallbackBeforeSendMsg"], {}],
    [["Group.*", "*"], {}],
  ])("subscribeToCallbacks makes a rule for %j", (commands, pattern) => {
    // The bus also has its own rule.
    const rules = Object.entries(subscribe(commands).findResources("AWS::Events::Rule"));
    const own = rules.filter(([id]) => id.startsWith("Some")).map(([, { Properties }]) => Properties.EventPattern);
    expect(own).toEqual([{ source: ["tencent.chat"], ...pattern }]);
  });

  test.each([
    [["Sns.*"], ["*"]],
    [["Sns.CallbackFriendAdd"], ["*"]],
    [["C2C.*"], []],
    [["Sns.*"], ["Sns.CallbackPrevFriendAdd"]],
  ])("subscribeToCallbacks accepts %j when %j is forwarded", (commands, names) => {
    expect(patterns(subscribe(commands, { forward: names })).length).toBe(2);
  });

  test("subscribeToCallbacks refuses a before-callback that only a wildcard matches", () => {
    for (const names of [["*"], ["Group.*"]]) {
      expect(() => subscribe(["Group.CallbackBeforeSendMsg"], { forward: names })).toThrow(
        "Some would never get an event of Group.CallbackBeforeSendMsg",
      );
    }
  });

  test("an empty list is none", () => {
    expect(synthesise({ forward: [] }).toJSON()).toEqual(synthesise().toJSON());
  });

  test("the rules match only forwarded commands", () => {
    const rules = patterns(subscribe(["Group.*", "C2C.CallbackAfterSendMsg"])).map(compileEventPattern);
    const matching = (command: string) =>
      rules.map((matches) => matches({ source: "tencent.chat", "detail-type": command }));
    expect(matching("Group.CallbackAfterSendMsg")).toEqual([true, true]);
    expect(matching("C2C.CallbackAfterSendMsg")).toEqual([true, true]);
    expect(matching("C2C.CallbackAfterMsgReport")).toEqual([true, false]);
  });

  test("subscribeToReadEvents still gets only read reports", () => {
    const template = synthesiseIn(
      () => ({ destination: Destination.eventBus(), forward }),
      (chatEvents, stack) => chatEvents.subscribeToReadEvents(stack, "Reads", new SqsQueue(new Queue(stack, "Mine"))),
    );
    expect(patterns(template)).toContainEqual({
      source: ["tencent.chat"],
      "detail-type": ["C2C.CallbackAfterMsgReport"],
    });
  });

  test.each([
    [
      ["Sns.CallbackFriendAdd"],
      "Some would never get an event of Sns.CallbackFriendAdd: add it to the property forward of Own/ChatEvents",
    ],
    [["Group.CallbackBeforeCreateGroup"], "Some would never get an event of Group.CallbackBeforeCreateGroup"],
    [["Sns.*", "Group.*"], "Some would never get an event of Sns.*: add it to the property forward of Own/ChatEvents"],
    [["Group"], "'Group' is neither a command, such as C2C.CallbackAfterSendMsg, nor a family"],
    [["Group.* "], "'Group.* ' is neither a command"],
    [["Group.*,C2C.*"], "'Group.*,C2C.*' is neither a command"],
    [[], "Some names no commands: expected at least one, or * for all"],
  ])("subscribeToCallbacks refuses %j", (commands, message) => {
    expect(() => subscribe(commands)).toThrow(message);
  });

  test("a subscription needs nothing but a bus", () => {
    const stack = new Stack(newApp(), "Own");
    new CallbacksSubscription(stack, "Some", {
      eventBus: EventBus.fromEventBusName(stack, "Bus", "bus"),
      commands: ["State.*", "Push.OfflinePush"],
      target: new SqsQueue(new Queue(stack, "Mine")),
      detail: { metadata: { optPlatform: ["iOS"] } },
    });
    expect(patterns(Template.fromStack(stack))).toEqual([
      {
        source: ["tencent.chat"],
        "detail-type": [{ prefix: "State." }, "Push.OfflinePush"],
        detail: { metadata: { optPlatform: ["iOS"] } },
      },
    ]);
  });

  test("a malformed name is refused, and an undocumented one causes a warning", () => {
    const make = (names: string[]) => {
      const stack = new Stack(newApp(), "Own");
      new TencentChatEvents(stack, "ChatEvents", { sdkAppId: SDK_APP_ID, forward: names });
      return Annotations.fromStack(stack).findWarning("*", Match.anyValue());
    };
    expect(() => make(["C2C.*", "Group."])).toThrow('forward is ["C2C.*","Group."]: \'Group.\' is neither a command');
    expect(() => make([" C2C.*"])).toThrow("forward is [\" C2C.*\"]: ' C2C.*' is neither a command");
    expect(make(["C2C.*", "*", "State.StateChange"])).toEqual([]);
    expect(make(["C2C.CallbackBeforeSendMsg"]).map(({ entry }) => entry.data)).toEqual([
      expect.stringContaining(
        "users wait until the event of C2C.CallbackBeforeSendMsg is stored, up to 1.6 seconds and a cold start",
      ),
    ]);
    expect(make(["Group.CallbackBeforeSendMsg", "*", "New.CallbackBeforeAll"]).map(({ entry }) => entry.data)).toEqual([
      expect.stringContaining("until the event of Group.CallbackBeforeSendMsg is stored"),
      expect.stringContaining("until the event of New.CallbackBeforeAll is stored"),
      expect.stringContaining("Tencent does not document 'New.CallbackBeforeAll'"),
    ]);
    expect(make(["Grup.*", "C2C.AfterSendMsg"]).map(({ entry }) => entry.data)).toEqual([
      expect.stringContaining("forward: Tencent does not document 'Grup.*'; did you mean Group.*?"),
      expect.stringContaining("Tencent does not document 'C2C.AfterSendMsg'; did you mean C2C.CallbackAfterSendMsg?"),
    ]);
  });

  test("a subscription to an undocumented family also causes a warning", () => {
    const stack = new Stack(newApp(), "Own");
    new CallbacksSubscription(stack, "Some", {
      eventBus: EventBus.fromEventBusName(stack, "Bus", "bus"),
      commands: ["Stat.*", "State.*"],
      target: new SqsQueue(new Queue(stack, "Mine")),
    });
    const warnings = Annotations.fromStack(stack).findWarning("*", Match.anyValue());
    expect(warnings.map(({ entry }) => entry.data)).toEqual([
      expect.stringContaining("commands: Tencent does not document 'Stat.*'; did you mean State.*?"),
    ]);
  });
});
