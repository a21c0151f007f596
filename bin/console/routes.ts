import { HttpError } from "./http-error.ts";
import type { Actions, Reads } from "./protocol.ts";

/** Takes a POST's JSON or a GET's query, and the path's `:id`; returns the answer. */
export type Handler = (input: unknown, id: string) => unknown;

/** All paths of the contract with their handlers. */
export type Routes = Readonly<Record<`GET ${keyof Reads}` | `POST ${keyof Actions}`, Handler>>;

/**
 * Finds the handler of a request, with the path's `:id` filled in.
 *
 * @returns `undefined` if the path is not below `/api/`
 * @throws {HttpError} with 404 for an unknown path below it, with 405 for a wrong method
 */
export function route(routes: Routes, method: string, path: string): ((input: unknown) => unknown) | undefined {
  if (!path.startsWith("/api/")) return undefined;
  const matching = Object.entries(routes).flatMap(([key, handler]) => {
    const [expected = "", pattern = ""] = key.split(" ");
    const match = new RegExp(`^${pattern.replace(":id", "([^/]+)")}$`).exec(path);
    return match ? [{ expected, handler, id: match[1] ?? "" }] : [];
  });
  const found = matching.find(({ expected }) => expected === method);
  if (found) return (input) => found.handler(input, decode(found.id));
  if (matching.length === 0) throw new HttpError(404, `There is no ${path}.`);
  throw new HttpError(405, `${method} is not expected here: expected ${matching.map(({ expected }) => expected)}.`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HttpError(400, "The path is malformed.");
  }
}
