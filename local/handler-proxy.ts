import { createServer, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { buffer } from "node:stream/consumers";
import { claimedCommand } from "./claimed-command.ts";
import { type FaultMode, type Faults, HANDLER_FAULTS } from "./faults.ts";
import { type Answer, answer } from "./faulty-endpoint.ts";
import type { RequestsInFlight } from "./requests-in-flight.ts";
import { close, listen, namesLoopback } from "./server.ts";

/** A callback that was relayed to the existing handler. */
export interface RelayedCall {
  /** The `id` of the `ReceivedRequest`, which Tencent sent. */
  readonly requestId: string;
  /** The command that the request's query names. */
  readonly command: string | undefined;
  /** The handler's reply; absent if the function got none. */
  readonly reply?: { readonly statusCode: number; readonly body: string };
  /** Why there is no reply; absent if there is one. */
  readonly problem?: string;
  /** Until the reply ended, or the function gave up. */
  readonly milliseconds: number;
  /** The mode in which the handler is broken; absent if it is not. */
  readonly fault?: FaultMode;
}

/** Receives what the existing handler does. */
export interface HandlerObserver {
  /**
   * A callback was relayed to the existing handler: its reply has ended, or the function has given up, perhaps after the callback
   * was answered. Told twice if the function tried again on a new connection, and only by a system whose parts can be broken.
   */
  relayed?(call: RelayedCall): void;
}

/** A proxy for the existing handler, which can make it fail. */
export interface HandlerProxy {
  /** The URL to relay to in place of the handler's, with the same path. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a proxy in front of the existing handler. The handler gets the same method, path, query, content type and body as
 * without it, and nothing else; the function gets the same status and body.
 *
 * @param target the handler's URL
 */
export async function startHandlerProxy(
  target: URL,
  faults: Faults,
  requests: RequestsInFlight,
  observer: HandlerObserver,
): Promise<HandlerProxy> {
  const forward = createForwarder(target, () => server.closeIdleConnections());
  const server = createServer(async (request, response) => {
    if (!namesLoopback(request)) {
      response.writeHead(403).end();
      return;
    }
    const body = await buffer(request).catch(() => undefined);
    // The function went away.
    if (body === undefined) return;
    const startedAt = performance.now();
    const closed = new Promise((resolve) => response.once("close", resolve));
    const gaveUp = new AbortController();
    response.once("close", () => gaveUp.abort());
    let problem: string | undefined;
    const carryOut = () =>
      forward.send(request, body, gaveUp.signal).catch((error: Error) => {
        if (!gaveUp.signal.aborted) problem = error.message;
        throw error;
      });
    const callback = requests.find(request.url?.slice(target.pathname.length + 1) ?? "", body);
    // A request that only opens a connection is no call.
    const mode = callback && faults.next("handler");
    const reply = await answer(request, response, mode && HANDLER_FAULTS[mode], carryOut);
    await closed;
    if (callback === undefined) return;
    if (mode === "lose-answer") problem = "the connection broke";
    observer.relayed?.({
      requestId: callback.id,
      command: claimedCommand(callback),
      ...(reply && response.writableFinished
        ? { reply: { statusCode: reply.status, body: reply.body.toString() } }
        : { problem: problem ?? "no reply in time" }),
      milliseconds: performance.now() - startedAt,
      ...(mode && { fault: mode }),
    });
  });
  return {
    url: `${await listen(server)}${target.pathname}`,
    async close() {
      await close(server);
      forward.close();
    },
  };
}

/**
 * Creates the client of the handler.
 *
 * @param onClose called when a connection to the handler is closed
 */
function createForwarder(target: URL, onClose: () => void) {
  const [start, agent] =
    target.protocol === "https:"
      ? [httpsRequest, new HttpsAgent({ keepAlive: true })]
      : [httpRequest, new HttpAgent({ keepAlive: true })];
  return {
    send: ({ method, url, headers }: IncomingMessage, body: Buffer, signal: AbortSignal) =>
      new Promise<Answer>((resolve, reject) => {
        const contentType = headers["content-type"];
        const request = start(target, {
          ...{ agent, signal, method, path: url },
          headers: contentType === undefined ? {} : { "content-type": contentType },
        });
        request.once("error", reject);
        request.once("socket", (socket) => {
          // Then the function's idle connections close as well, as they would without a proxy.
          if (!request.reusedSocket) socket.once("close", onClose);
        });
        request.once("response", (response) => {
          buffer(response).then((reply) => resolve({ status: response.statusCode ?? 0, body: reply }), reject);
        });
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}
