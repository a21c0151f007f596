import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { close, listen } from "./server.ts";

/** One call that reached the endpoint. */
export interface Call {
  /** `SendMessage`, `GetSecretValue`, …; empty for what is no call of AWS's JSON protocol. */
  readonly operation: string;
  readonly headers: IncomingMessage["headers"];
  readonly input: Record<string, unknown>;
  /** The port at the caller's end: the same port, the same connection. */
  readonly port: number | undefined;
}

/** What happens to a call instead of being answered. */
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
  /** Another answer. */
  | { readonly status: number; readonly body: string };

/** An endpoint of AWS's JSON protocol that misbehaves on demand. */
export interface FaultyEndpoint {
  readonly url: string;
  /** All calls so far, without those that only open a connection. */
  readonly calls: Call[];
  /** The ports at the callers' ends of all connections so far. */
  readonly connections: (number | undefined)[];
  /** Decides the fate of each further request; `undefined` lets it through. One that is no call can only hang. */
  fail: (call: Call) => Fault | undefined;
  /** Cuts all connections, those in use included. */
  cut(): void;
  close(): Promise<void>;
}

/** An answer with AWS's form of an error. */
export function awsFault(status: number, code: string, message = "as the test wanted it"): Fault {
  return { status, body: JSON.stringify({ __type: `com.amazonaws.test#${code}`, message }) };
}

/**
 * Starts an endpoint in front of another one.
 *
 * @param target the URL of the server that carries out the calls
 */
export async function startFaultyEndpoint(target: string): Promise<FaultyEndpoint> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const operation = String(request.headers["x-amz-target"] ?? "").split(".")[1] ?? "";
    const input = (operation === "" ? {} : JSON.parse(body.toString())) as Call["input"];
    const call: Call = { operation, headers: request.headers, input, port: request.socket.remotePort };
    if (operation !== "") calls.push(call);
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
    const answer = await fetch(target, { method: "POST", headers: headers as Record<string, string>, body });
    const text = await answer.text();
    if (fault === "reset-after") {
      request.socket.resetAndDestroy();
      return;
    }
    response.writeHead(answer.status).end(text);
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
