import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChatEvent } from "../../events/chat-event.ts";
import { messageGroupId } from "../../events/identity.ts";
import { toJson } from "../../events/json.ts";
import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { exampleEvent, forwardedEvent } from "../support/example-event.ts";

const COMMAND = "Group.CallbackAfterSendMsg";
const eventOf = (data: object, command = COMMAND) => forwardedEvent(command, JSON.stringify(data));
const idOf = (event: ChatEvent) => event.detail.metadata.deduplicationId;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("The event of a forwarded callback", () => {
  test("wraps Tencent's body in EventBridge's envelope (golden example)", () => {
    const body =
      '{"CallbackCommand":"Group.CallbackAfterSendMsg","GroupId":"@TGS#2J4SZEAEL","From_Account":"alice",' +
      '"MsgSeq":12345678901234567890,"Random":1.50,"EventTime":"1670574414123","MsgBody":[{"MsgType":"TIMTextElem",' +
      '"MsgContent":{"Text":"\\u4f60好"}}]}';
    const canonical =
      '["1400000001","Group.CallbackAfterSendMsg",{"CallbackCommand":"Group.CallbackAfterSendMsg",' +
      '"EventTime":"1670574414123","From_Account":"alice","GroupId":"@TGS#2J4SZEAEL","MsgBody":[{"MsgContent":' +
      '{"Text":"你好"},"MsgType":"TIMTextElem"}],"MsgSeq":12345678901234567890,"Random":1.50}]';
    expect(toJson(forwardedEvent(COMMAND, body))).toBe(
      '{"version":"0","id":"6a7e8feb-b491-4cf7-a9f1-bf3703467718","source":"tencent.chat",' +
        '"detail-type":"Group.CallbackAfterSendMsg","account":"123456789012","region":"ap-southeast-1",' +
        '"resources":[],"time":"2025-08-04T05:20:00Z","detail":{"metadata":{"schemaVersion":"1",' +
        `"deduplicationId":"${sha256(canonical)}","sdkAppId":"1400000001",` +
        '"requestId":"0f0e5f6a-3f53-4d0a-9d0f-2b9b3f3f0001","optPlatform":"iOS","clientIp":"203.0.113.7",' +
        '"authentication":"none","receivedAt":"2025-08-04T05:20:00.000Z"},' +
        `"data":${body.replace("\\u4f60", "你")}}}`,
    );
  });

  test("takes its command from the body if the query has none", () => {
    const body = `{"CallbackCommand":"${COMMAND}","GroupId":"g"}`;
    const event = forwardedEvent(COMMAND, body, { CallbackCommand: undefined });
    expect(event["detail-type"]).toBe(COMMAND);
    expect(idOf(event)).toBe(idOf(forwardedEvent(COMMAND, body)));
  });

  test("differs from a read report's in its detail-type", () => {
    expect(eventOf({ GroupId: "g" })["detail-type"]).not.toBe(READ_REPORT_COMMAND);
    expect(exampleEvent()["detail-type"]).toBe(READ_REPORT_COMMAND);
  });
});

describe("The deduplicationId of a forwarded callback", () => {
  test("is the same for any order of fields and any formatting", () => {
    const shuffled = fc
      .dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ depthSize: "small" }), { minKeys: 1 })
      .chain((body) =>
        fc.tuple(
          fc.constant(body),
          fc.shuffledSubarray(Object.keys(body), { minLength: Object.keys(body).length }),
          fc.constantFrom(0, 2),
        ),
      );
    fc.assert(
      fc.property(shuffled, ([body, keys, indent]) => {
        const other = Object.fromEntries(keys.map((key) => [key, reverseKeys(body[key])]));
        const text = JSON.stringify({ Last: 1, ...body, CallbackCommand: COMMAND });
        const rewritten = JSON.stringify({ CallbackCommand: COMMAND, ...other, Last: 1 }, undefined, indent);
        // The random body may already have the fields that are added here.
        fc.pre(!Object.hasOwn(body, "Last") && !Object.hasOwn(body, "CallbackCommand"));
        expect(idOf(forwardedEvent(COMMAND, text))).toBe(idOf(forwardedEvent(COMMAND, rewritten)));
      }),
    );
  });

  test("is the same for every delivery", () => {
    const later = forwardedEvent(COMMAND, '{"GroupId":"g"}', {
      RequestId: "another",
      OptPlatform: "Web",
      ClientIP: "",
    });
    expect(idOf(later)).toBe(idOf(eventOf({ GroupId: "g" })));
  });

  test("is the same if and only if the bodies are equal", () => {
    const value = fc.oneof(fc.nat(2), fc.constantFrom("", "1", "a", null, true), fc.array(fc.nat(1), { maxLength: 2 }));
    const body = fc.dictionary(fc.constantFrom("a", "b", "__proto__", "1"), fc.oneof(value, fc.record({ a: value })), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(body, body, (one, other) => {
        const equal = sorted(one) === sorted(other);
        expect(idOf(eventOf(one)) === idOf(eventOf(other))).toBe(equal);
      }),
      { numRuns: 500 },
    );
  });

  const ids = new Set<string>();
  test.each([
    ["another command", '{"GroupId":"g"}', "Group.CallbackAfterGroupFull", {}],
    ["another app", '{"GroupId":"g"}', COMMAND, { SdkAppid: "1400000002" }],
    ["a body that also names the command", `{"CallbackCommand":"${COMMAND}","GroupId":"g"}`, COMMAND, {}],
    ["an additional empty field", '{"GroupId":"g","TopicId":""}', COMMAND, {}],
    ["a number", '{"GroupId":7}', COMMAND, {}],
    ["the same number as a string", '{"GroupId":"7"}', COMMAND, {}],
    ["a number above 2^53", '{"GroupId":9007199254740993}', COMMAND, {}],
    ["the number below it", '{"GroupId":9007199254740992}', COMMAND, {}],
    ["a list", '{"GroupId":[1,2]}', COMMAND, {}],
    ["the same list in another order", '{"GroupId":[2,1]}', COMMAND, {}],
    ["a field called __proto__", '{"GroupId":"g","__proto__":{"a":1}}', COMMAND, {}],
    ["another value of __proto__", '{"GroupId":"g","__proto__":{"a":2}}', COMMAND, {}],
  ])("is unique for %s", (_what, body, command, query) => {
    const id = idOf(forwardedEvent(command, body, query));
    expect(id).not.toBe(idOf(eventOf({ GroupId: "g" })));
    expect(ids.has(id), "the id of another case").toBe(false);
    ids.add(id);
  });
});

describe("The message group of a forwarded callback", () => {
  const groupOf = (command: string, data: object) => messageGroupId(eventOf(data, command));

  test("is the conversation, for every callback about its messages", () => {
    const conversation = { From_Account: "alice", To_Account: "bob" };
    const sent = groupOf("C2C.CallbackAfterSendMsg", { ...conversation, MsgKey: "1" });
    expect(sent).toMatch(/^[0-9a-f]{64}$/);
    expect(groupOf("C2C.CallbackAfterMsgWithDraw", { ...conversation, MsgKey: "1" })).toBe(sent);
    expect(groupOf("C2C.CallbackAfterSendMsg", { From_Account: "bob", To_Account: "alice" })).toBe(sent);
    expect(groupOf("C2C.CallbackAfterSendMsg", { From_Account: "bob", To_Account: "carol" })).not.toBe(sent);
  });

  test("never equals a read report's, whatever the accounts are called", () => {
    const conversation = groupOf("C2C.CallbackAfterSendMsg", { From_Account: "alice", To_Account: "bob" });
    const group = groupOf("Group.CallbackAfterSendMsg", { GroupId: "bob" });
    const reads = [
      exampleEvent({ Report_Account: "alice", Peer_Account: "bob" }),
      exampleEvent({ Report_Account: "group", Peer_Account: "bob" }),
      exampleEvent({ Report_Account: '["group","bob"]' }),
    ].map(messageGroupId);
    expect(new Set([conversation, group, ...reads]).size).toBe(5);
  });

  test("is unique to a callback that needs no order, and shared by its duplicates", () => {
    const groupOfPush = (time: number) => groupOf("Push.OfflinePush", { Events: [{ EventTime: time }] });
    expect(groupOfPush(1)).toBe(groupOfPush(1));
    expect(groupOfPush(1)).not.toBe(groupOfPush(2));
  });

  test("differs between apps", () => {
    const event = eventOf({ GroupId: "g" });
    const elsewhere = forwardedEvent(COMMAND, '{"GroupId":"g"}', { SdkAppid: "1400000002" });
    expect(messageGroupId(elsewhere)).not.toBe(messageGroupId(event));
  });
});

/** Reverses the order of keys in all objects of a value. */
function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reverseKeys(item)]),
  );
}

/** Serialises equal objects to the same text. */
function sorted(object: object): string {
  return JSON.stringify(object, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
      : value,
  );
}
