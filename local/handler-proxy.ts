import { once } from "node:events";
import {
  createServer,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
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
   * A callback was relayed to the existing handler: the reply has ended, or the function has given up, perhaps after the callback
   * was answered. Called twice if the function repeats the request on a new connection. Never called if no part can be broken,
   * because the function then reaches the handler directly.
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
    const callback = requests.find(request.url?.slice(target.pathname.length + 1) ?? "", body);
    // A request that only opens a connection is no call.
    const mode = callback && faults.next("handler");
    const outcome = await reply(request, response, mode, (signal) => forward.send(request, body, signal));
    if (callback === undefined) return;
    const { id: requestId } = callback;
    observer.relayed?.({ requestId, command: claimedCommand(callback), ...outcome, ...(mode && { fault: mode }) });
  });
  // The handler decides how long an idle connection stays open.
  server.keepAliveTimeout = 0;
  return {
    url: `${await listen(server)}${target.pathname}`,
    async close() {
      await close(server);
      forward.close();
    },
  };
}

/**
 * Replies to a request of the function, and waits until it has the reply or has given up.
 *
 * @param mode the mode in which the handler is broken, if it is
 * @param carryOut gets the handler's reply; its signal ends the call when the function gives up
 */
async function reply(
  request: IncomingMessage,
  response: ServerResponse,
  mode: FaultMode | undefined,
  carryOut: (signal: AbortSignal) => Promise<Answer>,
): Promise<Pick<RelayedCall, "reply" | "problem" | "milliseconds">> {
  const startedAt = performance.now();
  const ended = new AbortController();
  const closed = once(ended.signal, "abort");
  response.once("close", () => ended.abort());
  let problem = mode === "lose-answer" ? "the connection broke" : "no reply in time";
  const given = await answer(request, response, mode && HANDLER_FAULTS[mode], () =>
    carryOut(ended.signal).catch((error: Error) => {
      if (!ended.signal.aborted) problem = error.message;
      throw error;
    }),
  );
  await closed;
  return {
    ...(given && response.writableFinished
      ? { reply: { statusCode: given.status, body: given.body.toString() } }
      : { problem }),
    milliseconds: performance.now() - startedAt,
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
