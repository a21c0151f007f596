import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { close, listen } from "../../local/server.ts";
import type { Owner } from "./function.ts";

/** A request that reached the handler. */
export interface HandlerCall {
  readonly method: string;
  readonly path: string;
  /** Without those that HTTP itself needs: host, connection and the body's length. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** A verdict that no other code would give: its error code and spaces are the handler's own. */
export const VERDICT = '{"ActionStatus": "OK", "ErrorCode": 120001, "ErrorInfo": "禁止"}';

/** Answers a request. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Replies with a body, as JSON unless the headers say otherwise. */
export function replying(status: number, body: string | Buffer, headers: Record<string, string> = {}): Answer {
  return (response) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
}

/**
 * Starts an existing handler that records its calls, until the test ends. It replies with {@link VERDICT} unless told otherwise.
 *
 * @param context the test's context: needed where tests run concurrently
 */
export async function startRecordingHandler(context?: Owner) {
  const calls: HandlerCall[] = [];
  const opening: HandlerCall[] = [];
  const handler = { answer: replying(200, VERDICT) };
  const server = createServer(async (request, response) => {
    const { host: _host, connection: _connection, "content-length": _length, ...headers } = request.headers;
    const call = { method: request.method ?? "", path: request.url ?? "", headers, body: await buffer(request) };
    if (call.method === "GET") {
      opening.push(call);
      response.writeHead(405).end();
      return;
    }
    calls.push(call);
    handler.answer(response, request);
  });
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  const url = `${await listen(server)}/chat/callback`;
  let isRunning = true;
  const stop = async () => {
    if (isRunning) await close(server);
    isRunning = false;
  };
  (context?.onTestFinished ?? onTestFinished)(stop);
  return Object.assign(handler, {
    url,
    /** The requests, without those that only open a connection. */
    calls,
    /** The requests that only open a connection. */
    opening,
    connections: () => connections,
    /** Closes all connections, as a handler does with idle ones. */
    cut: () => server.closeAllConnections(),
    stop,
  });
}
