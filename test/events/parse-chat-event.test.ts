import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { markRepublished } from "../../events/create-event.ts";
import {
  type ChatEvent,
  ChatEventError,
  type EventCarrier,
  type ForwardedCommand,
  type ForwardedEvent,
  parseChatEvent,
  parseReadEvent,
  READ_REPORT_COMMAND,
  type ReadEvent,
  type SafeParseResult,
  safeParseChatEvent,
  safeParseReadEvent,
} from "../../events/index.ts";
import { toJson } from "../../events/json.ts";
import { DOCUMENTED_CALLBACKS } from "../../local/documented-callbacks.ts";
import { mutated } from "../support/arbitraries.ts";
import { READ_REPORT } from "../support/callbacks.ts";
import { exampleEvent, forwardedEvent } from "../support/example-event.ts";
import { validate } from "../support/json-schema.ts";

const EVENT = exampleEvent();
const FORWARDED = forwardedEvent("Group.CallbackAfterSendMsg", '{"GroupId":"g"}');

const json = (event: object) => JSON.parse(toJson(event)) as ChatEvent;

describe("An event is parsed", () => {
  test.each([
    ["an SQS record that Lambda passes", { messageId: "1", body: toJson(EVENT), attributes: {} }],
    ["a message that ReceiveMessage returns", { MessageId: "1", Body: toJson(EVENT), ReceiptHandle: "r" }],
    ["an EventBridge event", json(EVENT)],
    ["JSON text", toJson(EVENT)],
  ])("from %s", (_what, carrier) => {
    expect(parseChatEvent(carrier)).toEqual(json(EVENT));
  });

  test.each([
    ["replayed from an archive", { ...EVENT, "replay-name": "again" }],
    ["republished from standby", markRepublished(EVENT)],
    [
      "with fields that are newer than this release",
      { ...EVENT, later: 1, detail: { ...EVENT.detail, later: [null] } },
    ],
  ])("%s, with all its fields", (_what, event) => {
    expect(parseChatEvent(json(event))).toEqual(json(event));
    expect(validate(json(event))).toBe(true);
  });

  test("for every documented callback, and its detail-type identifies read reports", () => {
    for (const { command, shape, body } of DOCUMENTED_CALLBACKS) {
      const event = json(forwardedEvent(command, JSON.stringify(body)));
      expect(parseChatEvent(event), `${command}: ${shape}`).toEqual(event);
      expect(validate(event), `${command}: ${shape}`).toBe(true);
      expect(parseChatEvent(event)["detail-type"] === READ_REPORT_COMMAND, command).toBe(
        command === READ_REPORT.CallbackCommand,
      );
    }
  });

  test("with fields of any name", () => {
    const names = ["constructor", "prototype", "__proto__", "toString"];
    const data = `{${names.map((name) => `"${name}":1`).join()},${JSON.stringify(READ_REPORT).slice(1)}`;
    const text = `${toJson({ ...EVENT, detail: { ...EVENT.detail, data: null } }).slice(0, -"null}}".length)}${data}}}`;
    expect(Object.keys(parseChatEvent(text).detail.data)).toEqual(expect.arrayContaining(names));
  });

  test("into a type that names its fields, narrowed by detail-type", () => {
    const event = parseChatEvent(EVENT);
    if (event["detail-type"] !== READ_REPORT_COMMAND) throw new Error("expected a read event");
    expectTypeOf(event).toEqualTypeOf<ReadEvent>();
    const { detail, ...envelope } = event;
    expectTypeOf(envelope["detail-type"]).toEqualTypeOf<"C2C.CallbackAfterMsgReport">();
    expectTypeOf(detail.data.LastReadTime).toEqualTypeOf<number>();
    expectTypeOf(detail.data.UnreadMsgNum).toEqualTypeOf<number | undefined>();
    expectTypeOf(detail.data.Report_Account).toEqualTypeOf<string>();
    expectTypeOf(detail.data["Unknown"]).toEqualTypeOf<unknown>();
    expectTypeOf(detail.metadata.deduplicationId).toEqualTypeOf<string>();
    expectTypeOf(detail.metadata.republished).toEqualTypeOf<true | undefined>();
    // @ts-expect-error: events are read-only
    detail.data.LastReadTime = 1;
  });

  test("by parseReadEvent only if it is a read report's", () => {
    expect(parseReadEvent(toJson(EVENT))).toEqual(json(EVENT));
    expectTypeOf(parseReadEvent(EVENT).detail.data.LastReadTime).toEqualTypeOf<number>();
    expect(() => parseReadEvent(FORWARDED)).toThrow(
      "Not a valid chat event: detail-type expected C2C.CallbackAfterMsgReport; parseChatEvent accepts other commands",
    );
    expect(() => parseReadEvent(FORWARDED)).toThrow(ChatEventError);
    expect(() => parseReadEvent(FORWARDED)).toThrow(expect.objectContaining({ path: "detail-type" }));
    // It also rejects whatever parseChatEvent rejects.
    const wrong = { ...EVENT, detail: { ...EVENT.detail, data: { ...READ_REPORT, LastReadTime: "5" } } };
    expect(() => parseReadEvent(wrong as never)).toThrow(
      expect.objectContaining({ name: "ChatEventError", path: "detail.data.LastReadTime" }),
    );
  });

  test("into the type that a consumer declares for a forwarded callback", () => {
    type Message = ForwardedEvent<"Group.CallbackAfterSendMsg", { readonly GroupId: string }>;
    const isMessage = (event: ChatEvent): event is Message => event["detail-type"] === "Group.CallbackAfterSendMsg";
    const event = parseChatEvent(FORWARDED);
    if (event["detail-type"] === READ_REPORT_COMMAND || !isMessage(event)) throw new Error("expected a group message");
    expectTypeOf(event.detail.data.GroupId).toEqualTypeOf<string>();
    expect(event.detail.data.GroupId).toBe("g");
  });

  test("into its command and unknown fields if the consumer declares no type", () => {
    const event = parseChatEvent(FORWARDED);
    if (event["detail-type"] === READ_REPORT_COMMAND) throw new Error("expected a forwarded event");
    expectTypeOf(event["detail-type"]).toEqualTypeOf<ForwardedCommand>();
    expectTypeOf(event.detail.data["GroupId"]).toEqualTypeOf<unknown>();
    expectTypeOf(event.detail.data.CallbackCommand).toEqualTypeOf<string | undefined>();
    expectTypeOf(event.detail.metadata.deduplicationId).toEqualTypeOf<string>();
    // @ts-expect-error: only the event of a read report has LastReadTime
    expectTypeOf(parseChatEvent(FORWARDED).detail.data.LastReadTime).toEqualTypeOf<number>();
  });
});

describe("Narrowing by detail-type", () => {
  test("works in a switch, for documented commands and newer ones", () => {
    const describeEvent = (event: ChatEvent): string => {
      switch (event["detail-type"]) {
        case READ_REPORT_COMMAND:
          expectTypeOf(event).toEqualTypeOf<ReadEvent>();
          return event.detail.data.Report_Account;
        case "Group.CallbackAfterSendMsg":
          expectTypeOf(event).toEqualTypeOf<ForwardedEvent>();
          return String(event.detail.data["GroupId"]);
        default:
          expectTypeOf(event).toEqualTypeOf<ForwardedEvent>();
          return event["detail-type"];
      }
    };
    const newCommand = json({ ...FORWARDED, "detail-type": "New.CallbackAfterAll" });
    expect([EVENT, FORWARDED, newCommand].map(describeEvent)).toEqual(["alice", "g", "New.CallbackAfterAll"]);
  });
});

describe("The safe parsers", () => {
  test.each<[string, (carrier: EventCarrier) => SafeParseResult<ChatEvent>, (carrier: EventCarrier) => ChatEvent]>([
    ["safeParseChatEvent", safeParseChatEvent, parseChatEvent],
    ["safeParseReadEvent", safeParseReadEvent, parseReadEvent],
  ])("%s returns what its counterpart returns or throws", (_name, safeParse, parse) => {
    for (const carrier of [EVENT, FORWARDED, { body: toJson(EVENT) }, "{", {}, { Records: [] }]) {
      const result = safeParse(carrier);
      if (result.success) expect(result.event).toEqual(parse(carrier));
      else expect(() => parse(carrier)).toThrow(expect.objectContaining({ ...result.error }));
    }
  });

  test("return a result that narrows by success", () => {
    const result = safeParseReadEvent(EVENT);
    if (result.success) expectTypeOf(result.event).toEqualTypeOf<ReadEvent>();
    else expectTypeOf(result.error).toEqualTypeOf<ChatEventError>();
    expect(result.success).toBe(true);
  });
});

const without = (name: string) => ({
  ...EVENT,
  detail: { ...EVENT.detail, data: { ...READ_REPORT, [name]: undefined } },
});
const withMetadata = (changes: object) => ({
  ...EVENT,
  detail: { ...EVENT.detail, metadata: { ...EVENT.detail.metadata, ...changes } },
});

describe("An invalid event is rejected", () => {
  test.each([
    ["{", "", "the text is not JSON"],
    ["[]", "version", "version is missing"],
    ["5", "", "expected an object"],
    ["null", "", "expected an object"],
    [{ body: null }, "", "it has neither detail-type, as an event does, nor a body, as an SQS record does"],
    [{ Records: [] }, "", "it is a batch: pass each of its Records"],
    [null, "", "expected an SQS record or message, an EventBridge event, or a JSON text"],
    [{ "detail-type": "order" }, "version", "version is missing"],
    [{ ...EVENT, source: "aws.s3" }, "source", "source expected tencent.chat"],
    [{ ...EVENT, detail: {} }, "detail.metadata", "detail.metadata is missing"],
    [{ ...EVENT, detail: { ...EVENT.detail, data: "secret" } }, "detail.data", "detail.data expected an object"],
    [{ ...EVENT, detail: { ...EVENT.detail, metadata: 1 } }, "detail.metadata", "detail.metadata expected an object"],
    [
      { ...FORWARDED, "detail-type": "Group" },
      "detail-type",
      "detail-type expected a command of Tencent's, such as C2C.CallbackAfterMsgReport",
    ],
    [
      { ...FORWARDED, detail: { ...FORWARDED.detail, data: ["secret"] } },
      "detail.data",
      "detail.data expected an object",
    ],
    [
      { ...FORWARDED, detail: { ...FORWARDED.detail, data: { CallbackCommand: 5 } } },
      "detail.data.CallbackCommand",
      "detail.data.CallbackCommand expected a string",
    ],
    [
      { ...FORWARDED, "detail-type": READ_REPORT.CallbackCommand },
      "detail.data.CallbackCommand",
      "detail.data.CallbackCommand is missing",
    ],
    [json(without("LastReadTime")), "detail.data.LastReadTime", "detail.data.LastReadTime is missing"],
    [
      { ...EVENT, detail: { ...EVENT.detail, data: { ...READ_REPORT, LastReadTime: "5" } } },
      "detail.data.LastReadTime",
      "detail.data.LastReadTime expected a whole number of seconds, at least 0 and below 2^53",
    ],
    [
      withMetadata({ schemaVersion: "2" }),
      "detail.metadata.schemaVersion",
      'detail.metadata.schemaVersion expected "1", the version that this release knows',
    ],
    [
      withMetadata({ deduplicationId: "secret" }),
      "detail.metadata.deduplicationId",
      "detail.metadata.deduplicationId expected 64 hex digits",
    ],
  ])("%j", (carrier, path, message) => {
    const parse = () => parseChatEvent(carrier as never);
    expect(parse).toThrow(
      expect.objectContaining({ name: "ChatEventError", path, message: `Not a valid chat event: ${message}` }),
    );
    expect(parse).toThrow(ChatEventError);
    expect(parse).not.toThrow("secret");
  });
});

test("The parser never crashes, whatever the text", () => {
  fc.assert(
    fc.property(mutated(fc.constant(toJson(EVENT))), (text) => {
      try {
        parseChatEvent({ body: text });
      } catch (error) {
        expect(error).toBeInstanceOf(ChatEventError);
      }
    }),
    { numRuns: 2_000 },
  );
});
