import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JSON_SCHEMA_FILE, jsonSchemaText } from "../../../bin/generate/json-schema.ts";
import { type ChatEvent, ChatEventError, parseChatEvent } from "../../../events/index.ts";
import { toJson } from "../../../events/json.ts";
import { almostReport, report } from "../../support/arbitraries.ts";
import { READ_REPORT } from "../../support/callbacks.ts";
import { exampleEvent } from "../../support/example-event.ts";
import { validate } from "../../support/json-schema.ts";

const EVENT = exampleEvent();

const json = (event: object) => JSON.parse(toJson(event)) as ChatEvent;

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

/** The objects of an event whose fields the schema describes. */
function objectsIn(event: ChatEvent): Record<string, unknown>[] {
  const { metadata, data } = event.detail;
  return [event, metadata, data].map((object) => object as unknown as Record<string, unknown>);
}
