import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
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

/** An answer to a call. */
export interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
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
    if (operation === "") await answer(request, response, fault === "hang" ? fault : undefined, notFound);
    else await answer(request, response, fault, () => forward(target, request, body));
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

async function forward(target: string, { headers }: IncomingMessage, body: Buffer<ArrayBuffer>): Promise<Answer> {
  const { host: _host, connection: _connection, ...passed } = headers;
  const reply = await fetch(target, { method: "POST", headers: passed as Record<string, string>, body });
  return { status: reply.status, body: await reply.text() };
}

async function notFound(): Promise<Answer> {
  return { status: 404, body: "" };
}

/**
 * Answers a call in place of a server. Cuts the connection if the server gives no answer.
 *
 * @param fault how to make the call fail; `undefined` for the right answer
 * @param carryOut has the server carry out the call; rejects if it gives no answer
 * @returns the whole answer; `undefined` if there is none
 */
export async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
  carryOut: () => Promise<Answer>,
): Promise<Answer | undefined> {
  if (fault === "hang") return undefined;
  if (fault === "hang-after-headers") {
    response.writeHead(200, { "content-length": "100" }).flushHeaders();
    return undefined;
  }
  if (typeof fault === "object" && "delay" in fault) await setTimeout(fault.delay);
  const given = await giveAnswer(fault, carryOut);
  if (given === undefined) request.socket.resetAndDestroy();
  else response.writeHead(given.status).end(given.body);
  return given;
}

async function giveAnswer(fault: Fault | undefined, carryOut: () => Promise<Answer>): Promise<Answer | undefined> {
  if (fault === "reset") return undefined;
  if (typeof fault === "object" && "status" in fault) return fault;
  // The server may be stopped already, when a test ends with calls in flight.
  const right = await carryOut().catch(() => undefined);
  return fault === "reset-after" ? undefined : right;
}
