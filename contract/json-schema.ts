import { toJsonSchema } from "@valibot/to-json-schema";
import { eventSchema } from "./event-schema.ts";

/** Where the JSON Schema lies: in the repository, to be read, and in the package. */
export const JSON_SCHEMA_FILE = new URL("chat-event.schema.json", import.meta.url);

/** The JSON Schema (draft 7) of an event, as text: of the same schema that the parser checks. */
export function jsonSchemaText(): string {
  const { $schema, ...schema } = toJsonSchema(eventSchema, { target: "draft-07" });
  const title = "An event of Tencent Cloud Chat, as tencent-chat-events delivers it";
  return `${JSON.stringify({ $schema, title, ...schema }, undefined, 2)}\n`;
}
