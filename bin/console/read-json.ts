import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.ts";

/** The largest input. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a request's body as JSON.
 *
 * @throws {HttpError} with 415 for another content type, which a form of another site could send; with 413 or 400 for the body
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const [contentType = ""] = (request.headers["content-type"] ?? "").split(";");
  if (contentType.trim().toLowerCase() !== "application/json") {
    throw new HttpError(415, "The content type is not application/json.");
  }
  const chunks: Buffer[] = [];
  let length = 0;
  // Not destroyed, so that the caller gets its answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > MAX_BYTES) throw new HttpError(413, "The input is larger than 1 MiB.");
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new HttpError(400, "The input is not JSON.");
  }
}
