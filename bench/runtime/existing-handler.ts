import { once } from "node:events";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { Worker } from "node:worker_threads";
import type { HandlerThreadData } from "./existing-handler-thread.ts";
import type { Identity } from "./https-server.ts";

/** How long the handler takes for each callback, in milliseconds. */
export const HANDLER_MS = 10;

/** The handler's reply, which rejects the message: https://www.tencentcloud.com/document/product/1047/34364. */
export const REJECTION = JSON.stringify({ ActionStatus: "OK", ErrorInfo: "", ErrorCode: 1 });

/** A handler that moderates messages. It runs in its own thread, so that neither the benchmark nor the function delays it. */
export interface ExistingHandler {
  readonly url: string;
  /**
   * Posts a callback directly, as Tencent would without this project. All such calls share a connection.
   *
   * @returns the reply's body
   */
  post(query: string, body: string): Promise<string>;
  /** How many connections were opened so far. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

/** Starts the handler, on this machine and over HTTPS. */
export async function startExistingHandler(identity: Identity): Promise<ExistingHandler> {
  const workerData = { identity, reply: REJECTION, milliseconds: HANDLER_MS } satisfies HandlerThreadData;
  const worker = new Worker(new URL("existing-handler-thread.ts", import.meta.url), { workerData });
  const nextMessage = async <Message>() => (await once(worker, "message"))[0] as Message;
  const url = `${await nextMessage<string>()}/moderate`;
  const agent = new Agent({ keepAlive: true, ca: identity.certificate });
  return {
    url,
    async post(query, body) {
      const headers = { "content-type": "application/json" };
      const call = request(`${url}?${query}`, { method: "POST", agent, headers }).end(body);
      const [response] = await once(call, "response");
      return text(response);
    },
    connections() {
      worker.postMessage("connections");
      return nextMessage<number>();
    },
    async close() {
      agent.destroy();
      await worker.terminate();
    },
  };
}
