import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReadEvent } from "../../events/chat-event.ts";
import { createEvent } from "../../events/create-event.ts";
import { NO_FORWARDING } from "../../events/forwarding.ts";
import { messageGroupId } from "../../events/identity.ts";
import { toJson } from "../../events/json.ts";
import { acceptUnsigned } from "../../tencent/authenticate.ts";
import { parseJsonObject } from "../../tencent/json.ts";
import { readReadReport } from "../../tencent/read-report.ts";
import { decodeRequest } from "../../tencent/request.ts";
import { READ_REPORT, REQUEST_TIME, SDK_APP_ID, signedQuery } from "../support/callbacks.ts";

const ORIGIN = {
  id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
  account: "123456789012",
  region: "ap-southeast-1",
  receivedAt: Date.UTC(2022, 11, 9, 8, 40, 15, 201),
};

function eventOf(bodyText: string, query = signedQuery(REQUEST_TIME), sdkAppId = SDK_APP_ID, origin = ORIGIN) {
  const request = acceptUnsigned(decodeRequest({ rawQueryString: query, isBase64Encoded: false }));
  const report = readReadReport(parseJsonObject(bodyText));
  const settings = { sdkAppId, includeClientIp: true, forwarding: NO_FORWARDING };
  return createEvent(request, { kind: "read-report", report }, settings, origin) as ReadEvent;
}

const eventWith = (changes: object, sdkAppId?: string) =>
  eventOf(JSON.stringify({ ...READ_REPORT, ...changes }), undefined, sdkAppId);
const idOf = (event: ReturnType<typeof eventOf>) => event.detail.metadata.deduplicationId;

describe("An event", () => {
  test("wraps Tencent's body in EventBridge's envelope (golden example)", () => {
    const body =
      '{"CallbackCommand":"C2C.CallbackAfterMsgReport","Report_Account":"jared","Peer_Account":"Jonh",' +
      '"LastReadTime":1614754606,"UnreadMsgNum":7,"EventTime":"1670574414123","Big":9007199254740993}';
    // The id: printf '["1400000001","C2C.CallbackAfterMsgReport","jared","Jonh",1614754606,7,1670574414123]' | sha256sum
    expect(toJson(eventOf(body))).toBe(
      '{"version":"0","id":"6a7e8feb-b491-4cf7-a9f1-bf3703467718","source":"tencent.chat",' +
        '"detail-type":"C2C.CallbackAfterMsgReport","account":"123456789012","region":"ap-southeast-1",' +
        '"resources":[],"time":"2022-12-09T08:40:15Z","detail":{"metadata":{"schemaVersion":"1",' +
        '"deduplicationId":"4f7bfff87cce831f6b407d549c847e2049bec948cb3d4ad7c96f1b0746c770e6",' +
        '"sdkAppId":"1400000001","requestId":"0f0e5f6a-3f53-4d0a-9d0f-2b9b3f3f0001","optPlatform":"iOS",' +
        '"clientIp":"203.0.113.7","authentication":"none","receivedAt":"2022-12-09T08:40:15.201Z"},' +
        '"data":{"CallbackCommand":"C2C.CallbackAfterMsgReport","Report_Account":"jared","Peer_Account":"Jonh",' +
        '"LastReadTime":1614754606,"UnreadMsgNum":7,"EventTime":1670574414123,"Big":9007199254740993}}}',
    );
  });

  test("omits metadata that Tencent did not send (golden example)", () => {
    const event = eventOf(JSON.stringify(READ_REPORT), "OptPlatform=&RequestId=&ClientIP=&CallbackCommand=x");
    expect(event.detail.metadata).toEqual({
      schemaVersion: "1",
      deduplicationId: idOf(eventWith({})),
      sdkAppId: SDK_APP_ID,
      authentication: "none",
      receivedAt: "2022-12-09T08:40:15.201Z",
    });
  });
});

describe("The deduplication id", () => {
  test("is the same for every notation and every delivery of a report", () => {
    const { CallbackCommand, EventTime, LastReadTime, UnreadMsgNum, ...accounts } = READ_REPORT;
    const same = [
      eventWith({ EventTime: String(EventTime), LastReadTime: String(LastReadTime), UnreadMsgNum: "7" }),
      eventWith({ Unknown: 1, EventTime: JSON.rawJSON("1754284800456.0") }),
      eventOf(JSON.stringify({ UnreadMsgNum, ...accounts, LastReadTime, EventTime })),
      eventOf(
        JSON.stringify(READ_REPORT),
        signedQuery(REQUEST_TIME + 30, { RequestId: "another", OptPlatform: "Web" }, "another token"),
        SDK_APP_ID,
        { ...ORIGIN, id: "another", receivedAt: 0 },
      ),
    ];
    expect(idOf(eventWith({}))).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(same.map(idOf))).toEqual(new Set([idOf(eventWith({}))]));
  });

  test("differs if an identifying field differs or is missing", () => {
    const different = [
      eventWith({}),
      eventWith({}, "1400000002"),
      eventWith({ Report_Account: "alicf" }),
      eventWith({ Peer_Account: "bobb" }),
      eventWith({ Report_Account: READ_REPORT.Peer_Account, Peer_Account: READ_REPORT.Report_Account }),
      eventWith({ LastReadTime: 1 }),
      eventWith({ UnreadMsgNum: 0 }),
      eventWith({ UnreadMsgNum: undefined }),
      eventWith({ EventTime: 7 }),
      eventWith({ EventTime: undefined }),
      eventWith({ EventTime: undefined, UnreadMsgNum: undefined }),
      eventWith({ EventTime: 7, UnreadMsgNum: undefined }),
      eventWith({ EventTime: undefined, UnreadMsgNum: 0 }),
    ];
    expect(new Set(different.map(idOf)).size).toBe(different.length);
  });

  test.each([
    [
      ["a,b", "c"],
      ["a", "b,c"],
    ],
    [
      ['a","b', "c"],
      ["a", 'b","c'],
    ],
    [
      ["a\u0000", "b"],
      ["a", "\u0000b"],
    ],
    [
      ["a\\", "b"],
      ["a", "\\b"],
    ],
    [
      ["\ud800", "b"],
      ["\ud801", "b"],
    ],
    [
      ["\ud800", "b"],
      ["\ufffd", "b"],
    ],
    [
      ["\\ud800", "b"],
      ["\ud800", "b"],
    ],
  ])("distinguishes the accounts %o from %o", (one, other) => {
    const event = ([Report_Account, Peer_Account]: string[]) => eventWith({ Report_Account, Peer_Account });
    expect(idOf(event(one))).not.toBe(idOf(event(other)));
    expect(messageGroupId(event(one))).not.toBe(messageGroupId(event(other)));
  });

  test("is the same if and only if the identifying fields are equal", () => {
    const account = fc.string({ unit: "binary", minLength: 1, maxLength: 3 });
    const fields = fc.record(
      {
        Report_Account: account,
        Peer_Account: account,
        LastReadTime: fc.nat(2),
        UnreadMsgNum: fc.nat(2),
        EventTime: fc.nat(2),
      },
      { requiredKeys: ["Report_Account", "Peer_Account", "LastReadTime"] },
    );
    const id = (report: object) => idOf(eventOf(JSON.stringify(report)));
    fc.assert(
      fc.property(fields, fields, (one, other) => {
        const keys = ["Report_Account", "Peer_Account", "LastReadTime", "UnreadMsgNum", "EventTime"] as const;
        expect(id(one) === id(other)).toBe(keys.every((key) => one[key] === other[key]));
      }),
    );
  });
});

describe("The message group", () => {
  test("is one direction of one conversation in one app", () => {
    const group = messageGroupId(eventWith({}));
    expect(group).toMatch(/^[0-9a-f]{64}$/);
    expect(messageGroupId(eventWith({ LastReadTime: 1, EventTime: 2, UnreadMsgNum: 3 }))).toBe(group);
    const others = [
      eventWith({}, "1400000002"),
      eventWith({ Report_Account: "bob", Peer_Account: "alice" }),
      eventWith({ Peer_Account: "carol" }),
    ];
    expect(new Set([group, ...others.map(messageGroupId)]).size).toBe(4);
  });
});

describe("An event's JSON", () => {
  test("contains no character that SQS rejects, and parses to the same event", () => {
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    const allowed = /^[\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;
    const awkward = fc.string({
      unit: fc.constantFrom("\u0000", "\u001f", "\ufffe", "\uffff", "\ud800", "\udc00", "😀"),
    });
    fc.assert(
      fc.property(fc.oneof(awkward, fc.string({ unit: "binary" })), (text) => {
        const event = eventWith({ Report_Account: `a${text}` });
        expect(toJson(event)).toMatch(allowed);
        expect(JSON.parse(toJson(event))).toEqual(event);
      }),
    );
  });
});
