import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** One request. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A complete response. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly text: string;
}

// Keep connections open for all services. Node.js's default agents close them after five idle seconds.
const httpsAgent = new HttpsAgent({ keepAlive: true });
const httpAgent = new HttpAgent({ keepAlive: true });

/**
 * Sends one request and reads the whole response.
 *
 * @param timeout milliseconds after which to give up, whether connecting, waiting or reading
 * @throws {Error} when no complete response arrives in time
 */
export function send(url: URL, { method, headers, body }: HttpRequest, timeout: number): Promise<HttpAnswer> {
  const [start, agent] = url.protocol === "https:" ? [httpsRequest, httpsAgent] : [httpRequest, httpAgent];
  return new Promise<HttpAnswer>((resolve, reject) => {
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    // Listeners, because an asynchronous iterator would take 15 % of an event's CPU.
    const request = start(url, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () => {
        clearTimeout(timer);
        resolve({ statusCode: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    const giveUp = () => {
      fail(new Error(`no answer within ${Math.round(timeout)} ms`));
      request.destroy();
    };
    // A deadline that has passed gives a negative timeout, of which Node.js warns.
    const timer = setTimeout(giveUp, Math.max(1, timeout));
    request.on("error", fail);
    request.end(body);
  });
}
