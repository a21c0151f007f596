import { Ajv } from "ajv";
import { jsonSchemaText } from "../../bin/generate/json-schema.ts";

/** Validates an event with the JSON Schema that consumers in other languages use. */
export const validate = new Ajv({ strictTypes: false }).compile(JSON.parse(jsonSchemaText()) as object);
