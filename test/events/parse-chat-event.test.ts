import { readFile } from "node:fs/promises";
import { parser } from "@aws-lambda-powertools/parser/middleware";
import middy from "@middy/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { Ajv } from "ajv";
import type { Context } from "aws-lambda";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { JSON_SCHEMA_FILE, jsonSchemaText } from "../../bin/generate/json-schema.ts";
import { markRepublished } from "../../events/create-event.ts";
import {
  type ChatEvent,
  ChatEventError,
  chatEventSchema,
  type EventCarrier,
  type ForwardedCommand,
  type ForwardedEvent,
  parseChatEvent,
  parseReadEvent,
  READ_REPORT_COMMAND,
  type ReadEvent,
  readEventSchema,
  type SafeParseResult,
  safeParseChatEvent,
  safeParseReadEvent,
} from "../../events/index.ts";
import { toJson } from "../../events/json.ts";
import { almostReport, mutated, report } from "../support/arbitraries.ts";
import { READ_REPORT } from "../support/callbacks.ts";
import { DOCUMENTED_CALLBACKS } from "../support/documented-callbacks.ts";
import { exampleEvent, forwardedEvent } from "../support/example-event.ts";

const EVENT = exampleEvent();
const FORWARDED = forwardedEvent("Group.CallbackAfterSendMsg", '{"GroupId":"g"}');
const validate = new Ajv({ strictTypes: false }).compile(JSON.parse(jsonSchemaText()) as object);

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

describe("The Standard Schemas", () => {
  test.each([
    ["chatEventSchema", chatEventSchema, FORWARDED],
    ["readEventSchema", readEventSchema, EVENT],
  ])("%s accepts what its parser accepts, and locates the problem otherwise", async (_name, schema, event) => {
    const { version, vendor, validate: check } = schema["~standard"];
    expect([version, vendor]).toEqual([1, "tencent-chat-events"]);
    expect(await check({ body: toJson(event) })).toEqual({ value: json(event) });
    const message = "Not a valid chat event: detail.metadata is missing";
    expect(await check({ ...event, detail: {} })).toEqual({ issues: [{ message, path: ["detail", "metadata"] }] });
    expect(await check("{")).toEqual({
      issues: [{ message: "Not a valid chat event: the text is not JSON", path: [] }],
    });
  });

  test("readEventSchema rejects the events of other callbacks", async () => {
    expect(await readEventSchema["~standard"].validate(FORWARDED)).toMatchObject({
      issues: [{ path: ["detail-type"] }],
    });
  });

  test("infer the types of their events", () => {
    expectTypeOf<StandardSchemaV1.InferOutput<typeof chatEventSchema>>().toEqualTypeOf<ChatEvent>();
    expectTypeOf<StandardSchemaV1.InferOutput<typeof readEventSchema>>().toEqualTypeOf<ReadEvent>();
  });

  test("work with Powertools' parser", async () => {
    const handle = async (event: ReadEvent) => event.detail.data.Report_Account;
    const handler = middy()
      .use(parser({ schema: readEventSchema }))
      .handler(handle);
    const context = {} as Context;
    expect(await handler(json(EVENT) as ReadEvent, context)).toBe("alice");
    await expect(handler({ ...EVENT, source: "aws.s3" } as never, context)).rejects.toThrow();
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

describe("The JSON Schema and the parser", () => {
  test("are in step in the repository: npm run generate writes the schema", async () => {
    expect(await readFile(JSON_SCHEMA_FILE, "utf8")).toBe(jsonSchemaText());
  });

  test("accept everything that the function publishes", () => {
    fc.assert(
      fc.property(report, (body) => {
        const event = json(exampleEvent(body));
        expect(validate(event), JSON.stringify(validate.errors)).toBe(true);
        expect(parseChatEvent(event)).toEqual(event);
      }),
      { numRuns: 1_000 },
    );
  });

  test("agree about every other event", () => {
    let rejected = 0;
    const change = fc.tuple(fc.nat(20), fc.oneof(fc.jsonValue(), fc.constant(undefined)));
    fc.assert(
      fc.property(fc.boolean(), almostReport, fc.array(change, { maxLength: 2 }), (forwarded, data, changes) => {
        const sample = { ...EVENT, detail: { ...EVENT.detail, data: { ...READ_REPORT, ...data } } };
        const event = json(forwarded ? { ...sample, "detail-type": "X.Y" } : sample) as never;
        const places = objectsIn(event).flatMap((object) => Object.keys(object).map((key) => ({ object, key })));
        for (const [index, value] of changes) {
          const { object, key } = places[index % places.length] ?? { object: {}, key: "" };
          object[key] = value;
        }
        const text = JSON.stringify(event);
        const valid = validate(JSON.parse(text));
        if (!valid) rejected += 1;
        let parsed = true;
        try {
          parseChatEvent(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ChatEventError);
          parsed = false;
        }
        expect(parsed, text).toBe(valid);
      }),
      { numRuns: 2_000 },
    );
    expect(rejected).toBeGreaterThan(100);
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

/** The objects of an event whose fields the schema describes. */
function objectsIn(event: ChatEvent): Record<string, unknown>[] {
  const { metadata, data } = event.detail;
  return [event, metadata, data].map((object) => object as unknown as Record<string, unknown>);
}
