// The thread of `existing-handler.ts`: reports its URL, then answers each message with the number of connections so far.
import { parentPort, workerData } from "node:worker_threads";
import { type Identity, startHttpsServer } from "./https-server.ts";

/** What the thread needs to know. */
export interface HandlerThreadData {
  readonly identity: Identity;
  readonly reply: string;
  /** How long the handler takes for each request. */
  readonly milliseconds: number;
}

const { identity, reply, milliseconds } = workerData as HandlerThreadData;
const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(reply) };
let connections = 0;

const { server, url } = await startHttpsServer(identity, (request, response) => {
  request.resume().once("end", () => {
    setTimeout(() => response.writeHead(200, headers).end(reply), milliseconds);
  });
});
server.on("secureConnection", () => {
  connections += 1;
});
parentPort?.on("message", () => parentPort?.postMessage(connections));
parentPort?.postMessage(url);
