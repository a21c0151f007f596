import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished, vi } from "vitest";
import { close, listen } from "../../local/server.ts";

/** A call of an AWS service: its operation and input. */
export type ServiceCall = readonly [operation: string, input: Readonly<Record<string, unknown>>];

/** Thrown by an operation to answer with one of AWS's errors. */
export class AwsFailure extends Error {
  override readonly name: string;

  /** @param code such as `ResourceNotFoundException` */
  constructor(code: string, message = "made to fail") {
    super(message);
    this.name = code;
  }
}

/** The beginning of queue URLs in {@link Operation}s. Clients send requests to a queue's URL, so they get the stand-in's URL instead. */
export const QUEUES_URL = "https://queues.test";

/** Answers a call: an object is sent as JSON, text as XML, which a query operation wraps in its result. */
export type Operation = (input: Readonly<Record<string, string | undefined>>) => object | string;

/**
 * Starts a stand-in for all services, until the test ends, and leads AWS's clients to it.
 *
 * @param operations by name; for REST APIs by method and the path's last two parts, such as `GET live/aliases`
 * @returns the calls so far
 */
export async function startAwsServices(operations: Readonly<Record<string, Operation>>): Promise<ServiceCall[]> {
  const calls: ServiceCall[] = [];
  const server = createServer(async (request, response) => {
    const body = (await text(request)).replaceAll(url, QUEUES_URL);
    const { pathname } = new URL(request.url ?? "", "http://service");
    const target = String(request.headers["x-amz-target"] ?? "").split(".")[1];
    const query = pathname === "/" && target === undefined ? new URLSearchParams(body) : undefined;
    const rest = `${request.method} ${pathname.split("/").filter(Boolean).slice(-2).join("/")}`;
    const operation = target ?? query?.get("Action") ?? rest;
    const { Action: _action, Version: _version, ...input } = readInput(query, body);
    calls.push([operation, input]);
    const isQuery = query !== undefined;
    response.setHeader("content-type", isQuery ? "text/xml" : "application/json");
    try {
      const answer = operations[operation];
      if (answer === undefined) throw new AwsFailure("UnknownOperation", `${operation} is not known here`);
      const result = answer(input);
      const wrapped = `<${operation}Response><${operation}Result>${String(result)}</${operation}Result></${operation}Response>`;
      const plain = typeof result === "string" ? result : JSON.stringify(result);
      response.end((isQuery ? wrapped : plain).replaceAll(QUEUES_URL, url));
    } catch (error) {
      const { name, message } = error as Error;
      const xml = `<ErrorResponse><Error><Code>${name}</Code><Message>${message}</Message></Error></ErrorResponse>`;
      response.writeHead(400, { "x-amzn-errortype": name });
      response.end(isQuery ? xml : JSON.stringify({ __type: name, message }));
    }
  });
  const url = await listen(server);
  // An endpoint of one service would win over the one of all services.
  vi.unstubAllEnvs();
  vi.stubEnv("AWS_ENDPOINT_URL", url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "any");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "any");
  vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
  onTestFinished(() => {
    vi.unstubAllEnvs();
    return close(server);
  });
  return calls;
}

/** Writes fields as the XML of a query protocol's answer; a list becomes `member`s. */
export function toXml(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}>${toXmlValue(value)}</${name}>`)
    .join("");
}

function toXmlValue(value: unknown): string {
  if (Array.isArray(value)) return value.map((member) => `<member>${toXmlValue(member)}</member>`).join("");
  return typeof value === "object" && value !== null ? toXml(value as Record<string, unknown>) : String(value);
}

/** @param query the fields of a query operation */
function readInput(query: URLSearchParams | undefined, body: string): Record<string, string> {
  if (query) return Object.fromEntries(query);
  // Another body is a file that is put into a bucket.
  return body.startsWith("{") ? (JSON.parse(body) as Record<string, string>) : {};
}
