import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** One request. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as to be sent; those of the URL if left out, which may write them differently. */
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A complete response. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly body: Buffer;
}

/** Thrown when a connection that was kept open ends before any response. Usually the server had closed it while it was idle. */
export class StaleConnection extends Error {
  override readonly name = "StaleConnection";
}

/** The codes of errors on a connection that the server has closed. */
const CLOSED: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE"]);

// Keep connections open for all services. Node.js's default agents close them after five idle seconds.
const httpsAgent = new HttpsAgent({ keepAlive: true });
const httpAgent = new HttpAgent({ keepAlive: true });

/**
 * Sends one request and reads the whole response.
 *
 * @param timeout milliseconds after which to give up, whether connecting, waiting or reading
 * @param maxBytes the largest body of a response to accept
 * @throws {StaleConnection} when the connection of an earlier request ends before any response
 * @throws {Error} when no complete response arrives in time, or it is too large
 */
export function send(
  url: URL,
  { body, ...options }: HttpRequest,
  timeout: number,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<HttpAnswer> {
  const [start, agent] = url.protocol === "https:" ? [httpsRequest, httpsAgent] : [httpRequest, httpAgent];
  return new Promise<HttpAnswer>((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    let hasResponse = false;
    // Listeners, because an asynchronous iterator would take 15 % of an event's CPU.
    const request = start(url, { ...options, agent }, (response) => {
      hasResponse = true;
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.byteLength;
        if (bytes > maxBytes) giveUp(`the answer is larger than ${maxBytes} bytes`);
        else chunks.push(chunk);
      });
      response.on("error", fail);
      response.on("end", () => {
        clearTimeout(timer);
        resolve({ statusCode: response.statusCode ?? 0, body: Buffer.concat(chunks) });
      });
    });
    const giveUp = (problem: string) => {
      fail(new Error(problem));
      request.destroy();
    };
    // A deadline that has passed gives a negative timeout, of which Node.js warns.
    const timer = setTimeout(() => giveUp(`no answer within ${Math.round(timeout)} ms`), Math.max(1, timeout));
    request.on("error", (error: NodeJS.ErrnoException) => {
      // A reset in the middle of a response is an error of the request as well.
      const isStale = request.reusedSocket && !hasResponse && CLOSED.has(error.code);
      // If a host has several addresses and none accepts a connection, Node.js's own message is empty.
      const reason = error instanceof AggregateError ? (error.errors[0] as Error) : error;
      fail(isStale ? new StaleConnection(error.message, { cause: error }) : reason);
    });
    request.end(body);
  });
}
