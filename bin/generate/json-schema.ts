import { toJsonSchema } from "@valibot/to-json-schema";
import * as schemas from "../../events/event-schema.ts";

/** The JSON Schema's file, which is part of the repository and of the package. */
export const JSON_SCHEMA_FILE = new URL("../../events/chat-event.schema.json", import.meta.url);

/** The text of the JSON Schema (draft 7) of an event, made from the schemas that the parser uses. */
export function jsonSchemaText(): string {
  const [envelope, read, forwarded] = [schemas.envelope, schemas.readEvent, schemas.forwardedEvent].map((schema) => {
    const { $schema: _, ...content } = toJsonSchema(schema, { target: "draft-07", typeMode: "output" });
    return content;
  });
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "ChatEvent",
    description: "An event of Tencent Cloud Chat, as tencent-chat-events delivers it",
    ...envelope,
    anyOf: [
      { title: "ReadEvent", description: "The event of a read report", ...read },
      {
        title: "ForwardedEvent",
        description: "The event of any other callback, which the operator forwards",
        ...forwarded,
      },
    ],
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
