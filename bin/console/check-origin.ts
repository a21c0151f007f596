import type { IncomingMessage } from "node:http";
import { LOOPBACK } from "../../local/server.ts";
import { HttpError } from "./http-error.ts";

/** The headers of every answer: the page loads nothing from elsewhere, and no other page can read or frame it. */
export const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
} as const;

/**
 * Refuses requests that other pages in the user's browser may have made: through a name that they point at this machine (DNS
 * rebinding), or across sites.
 *
 * @param port the console's port
 * @throws {HttpError} with 403
 */
export function checkOrigin({ headers, method }: IncomingMessage, port: number): void {
  const hosts = [`${LOOPBACK}:${port}`, `localhost:${port}`];
  const { host, origin } = headers;
  if (host === undefined || !hosts.includes(host)) {
    throw new HttpError(403, `The console answers only at http://${hosts[0]}/.`);
  }
  if (headers["sec-fetch-site"] === "cross-site")
    throw new HttpError(403, "Another site led here: enter the console's address yourself.");
  const isRead = method === "GET" || method === "HEAD";
  if (origin === undefined ? !isRead : origin !== `http://${host}`) {
    throw new HttpError(403, `Origin is not the console's own: expected http://${host}.`);
  }
}
