import { parser } from "@aws-lambda-powertools/parser/middleware";
import middy from "@middy/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Context } from "aws-lambda";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type ChatEvent, chatEventSchema, type ReadEvent, readEventSchema } from "../../events/index.ts";
import { toJson } from "../../events/json.ts";
import { exampleEvent, forwardedEvent } from "../support/example-event.ts";

const EVENT = exampleEvent();
const FORWARDED = forwardedEvent("Group.CallbackAfterSendMsg", '{"GroupId":"g"}');

const json = (event: object) => JSON.parse(toJson(event)) as ChatEvent;

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
