import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { close, listen, namesLoopback } from "./server.ts";

/** One call that reached the endpoint. */
export interface Call {
  /** Such as `SendMessage` or `GetSecretValue`; empty if the request is not a call of AWS's JSON protocol. */
  readonly operation: string;
  readonly headers: IncomingMessage["headers"];
  readonly input: Record<string, unknown>;
  /** The caller's port, which identifies the connection. */
  readonly port: number | undefined;
}

/** A fault that replaces the right answer to a call. */
export type Fault =
  /** No answer ever. */
  | "hang"
  /** The headers of an answer, then nothing more. */
  | "hang-after-headers"
  /** The connection is cut before the call is carried out. */
  | "reset"
  /** The connection is cut after the call was carried out. */
  | "reset-after"
  /** The right answer, after some milliseconds. */
  | { readonly delay: number }
  /** A different answer. */
  | { readonly status: number; readonly body: string };

/** A proxy for a service with AWS's JSON protocol that can make calls fail. */
export interface FaultyEndpoint {
  readonly url: string;
  /** The latest 1,000 calls, without requests that only open a connection. */
  readonly calls: Call[];
  /** The callers' ports of all connections so far. */
  readonly connections: (number | undefined)[];
  /** Chooses the fault of each further request; `undefined` passes it on. A request that is not a call can only hang. */
  fail: (call: Call) => Fault | undefined;
  /** Cuts all connections, including those in use. */
  cut(): void;
  close(): Promise<void>;
}

/** Keeps a system that runs for days from filling the memory. */
const MAX_CALLS = 1_000;

/** An error answer in AWS's format. */
export function awsFault(status: number, code: string, message = "made to fail"): Fault {
  return { status, body: JSON.stringify({ __type: `com.amazonaws.test#${code}`, message }) };
}

/**
 * Starts a proxy in front of a service.
 *
 * @param target the service's URL
 */
export async function startFaultyEndpoint(target: string): Promise<FaultyEndpoint> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    if (!namesLoopback(request)) {
      response.writeHead(403).end();
      return;
    }
    const body = await buffer(request);
    const operation = String(request.headers["x-amz-target"] ?? "").split(".")[1] ?? "";
    const input = (operation === "" ? {} : JSON.parse(body.toString())) as Call["input"];
    const call: Call = { operation, headers: request.headers, input, port: request.socket.remotePort };
    if (operation !== "" && calls.push(call) > MAX_CALLS) calls.shift();
    const fault = endpoint.fail(call);
    if (fault === "hang") return;
    if (operation === "") {
      response.writeHead(404).end();
      return;
    }
    if (fault === "reset") {
      request.socket.resetAndDestroy();
      return;
    }
    if (fault === "hang-after-headers") {
      response.writeHead(200, { "content-length": "100" }).flushHeaders();
      return;
    }
    if (typeof fault === "object" && "delay" in fault) {
      await new Promise((resolve) => setTimeout(resolve, fault.delay));
    } else if (typeof fault === "object") {
      response.writeHead(fault.status).end(fault.body);
      return;
    }
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const init = { method: "POST", headers: headers as Record<string, string>, body };
    // The target may be stopped already, when a test ends with calls in flight.
    const reply = await fetch(target, init)
      .then(async (answer) => ({ status: answer.status, text: await answer.text() }))
      .catch(() => undefined);
    if (reply === undefined || fault === "reset-after") request.socket.resetAndDestroy();
    else response.writeHead(reply.status).end(reply.text);
  });
  const connections: (number | undefined)[] = [];
  server.on("connection", ({ remotePort }) => connections.push(remotePort));
  const endpoint: FaultyEndpoint = {
    url: await listen(server),
    calls,
    connections,
    fail: () => undefined,
    cut: () => server.closeAllConnections(),
    close: () => close(server),
  };
  return endpoint;
}
