import { Agent, request } from "node:http";
import { buildFunctions } from "../bin/build/build-functions.ts";
import type { Print } from "../bin/shared/command.ts";
import { Destination } from "../lib/destination.ts";
import type { FunctionProcess } from "../local/function-process.ts";
import { startFunctions } from "../local/functions.ts";
import { startLocalSystem } from "../local/local-system.ts";
import type { SentMessage } from "../local/queue-observer.ts";
import { SDK_APP_ID, TOKEN } from "./callbacks.ts";

/** A running callback function to put under load. */
export interface LoadTarget {
  /**
   * Sends one callback.
   *
   * @returns whether the reply was a 200
   */
  post(query: string, body: string): Promise<boolean>;
  readonly process: FunctionProcess;
  /** Deletes all messages of the destination queue. */
  purge(): Promise<void>;
  close(): Promise<void>;
}

type OnMessage = (message: SentMessage) => void;

/**
 * Starts the local system.
 *
 * @param onMessage called with every message that reaches a queue
 * @param warn called with every failure of the system
 */
export async function startSystem(
  queueType: "fifo" | "standard",
  onMessage: OnMessage,
  warn: Print,
): Promise<LoadTarget> {
  const destination = queueType === "fifo" ? Destination.fifoQueue() : Destination.standardQueue();
  const system = await startLocalSystem(
    { sdkAppId: SDK_APP_ID, token: TOKEN, port: 0, destination },
    {
      request: () => {},
      exchange: () => {},
      log: () => {},
      failure: (error) => warn(error.message),
      sent: onMessage,
    },
  );
  const [, process] = [...system.functions].find(([name]) => name.includes("Callback")) ?? [];
  if (process === undefined) throw new Error("The local system has no callback function");
  const agent = new Agent({ keepAlive: true });
  return {
    post: (query, body) => post(`${system.outputs["CallbackUrl"]}?${query}`, body, agent),
    process,
    purge: () => purge(system.sqsEndpoint, system.outputs["QueueUrl"] ?? ""),
    async close() {
      agent.destroy();
      await system.close();
    },
  };
}

/**
 * Starts only the callback function's bundle, with stand-ins for AWS's services.
 *
 * @param onMessage called with every message that reaches a queue
 */
export async function startBundle(queueType: "fifo" | "standard", onMessage: OnMessage): Promise<LoadTarget> {
  await buildFunctions();
  const functions = await startFunctions({
    sdkAppId: SDK_APP_ID,
    token: TOKEN,
    destination: queueType,
    withoutFaults: true,
    onMessage,
  });
  const { callback, queues, eventsQueue, close } = functions;
  await callback.start();
  return {
    post: async (query, body) => (await functions.post(query, body)).statusCode === 200,
    process: callback,
    purge: () => purge(queues.endpoint, functions.queueUrl(eventsQueue)),
    close,
  };
}

function post(url: string, body: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const call = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode === 200));
    });
    call.once("error", reject).end(body);
  });
}

async function purge(endpoint: string, queueUrl: string): Promise<void> {
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.PurgeQueue" };
  await fetch(endpoint, { method: "POST", headers, body: JSON.stringify({ QueueUrl: queueUrl }) });
}
