import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { LOCAL_ACCOUNT } from "./template.ts";

/** The function behind a route: takes an event, resolves to the function's result, rejects when the function failed. */
export type Integration = (event: APIGatewayProxyEventV2) => Promise<unknown>;

/** A request that has arrived. */
export interface ReceivedRequest {
  /** API Gateway's id of the request, which the function gets as well. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** As sent. */
  readonly rawQueryString: string;
  readonly body: Buffer;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}

/** A request that was answered. */
export interface Exchange {
  readonly request: ReceivedRequest;
  readonly statusCode: number;
  readonly responseBody: string;
  /** From the request's last byte to the reply's first. */
  readonly milliseconds: number;
}

/** Receives what the API does. */
export interface ApiObserver {
  /** A request has arrived whole, or its beginning if it is too large. */
  request(request: ReceivedRequest): void;
  /** A request was answered. */
  exchange(exchange: Exchange): void;
}

/** API Gateway takes no larger payloads (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html). */
export const LARGEST_PAYLOAD_BYTES = 10 * 1024 * 1024;

/** The content types whose bodies reach a function as text; all others are base64-encoded. */
const TEXT = /^(text\/.*|application\/(json|javascript|xml))$/;

/**
 * An HTTP server that answers as an API Gateway HTTP API does: requests become events of payload 2.0
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
 *
 * @param routes by route key, such as `POST /callback`
 */
export function createHttpApi(routes: ReadonlyMap<string, Integration>, observer: ApiObserver): Server {
  return createServer(async (message, response) => {
    const { method = "", url = "" } = message;
    const body = await readBody(message).catch(() => undefined);
    // The caller went away.
    if (body === undefined) return;
    const queryStart = url.indexOf("?");
    const path = queryStart < 0 ? url : url.slice(0, queryStart);
    const rawQueryString = queryStart < 0 ? "" : url.slice(queryStart + 1);
    const request: ReceivedRequest = { id: randomUUID(), method, path, rawQueryString, body, receivedAt: Date.now() };
    observer.request(request);
    const startedAt = performance.now();
    const result = await route(routes, message, request);
    const milliseconds = performance.now() - startedAt;
    const { statusCode = 200, body: responseBody = "" } = respond(response, result);
    observer.exchange({ request, statusCode, responseBody, milliseconds });
  });
}

/** Reads a request's body, or the beginning of one that is too large: an endless one would fill the memory. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > LARGEST_PAYLOAD_BYTES) break;
  }
  // Discards the rest, so that the caller gets its answer.
  request.resume();
  return Buffer.concat(chunks);
}

async function route(
  routes: ReadonlyMap<string, Integration>,
  message: IncomingMessage,
  request: ReceivedRequest,
): Promise<APIGatewayProxyStructuredResultV2> {
  const routeKey = `${request.method} ${request.path}`;
  const integration = routes.get(routeKey);
  if (integration === undefined) return failure(404, "Not Found");
  if (request.body.byteLength > LARGEST_PAYLOAD_BYTES) return failure(413, "Request Entity Too Large");
  try {
    return toResult(await integration(toEvent(message, routeKey, request)));
  } catch {
    return INTERNAL_SERVER_ERROR;
  }
}

const INTERNAL_SERVER_ERROR = failure(500, "Internal Server Error");

/**
 * The response to what a function returned: a result without a status code is the body
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
 */
export function toResult(returned: unknown): APIGatewayProxyStructuredResultV2 {
  const isResult = typeof returned === "object" && returned !== null && "statusCode" in returned;
  if (isResult) return returned as APIGatewayProxyStructuredResultV2;
  const headers = { "content-type": "application/json" };
  return { statusCode: 200, headers, body: JSON.stringify(returned ?? null) };
}

function failure(statusCode: number, message: string) {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify({ message }) };
}

function toEvent(
  message: IncomingMessage,
  routeKey: string,
  { id, method, path, rawQueryString, body, receivedAt }: ReceivedRequest,
): APIGatewayProxyEventV2 {
  const headers = Object.fromEntries(
    Object.entries(message.headersDistinct).map(([name, values = []]) => [name, values.join(",")]),
  );
  const [contentType = ""] = (headers["content-type"] ?? "").split(";");
  // AWS does not document how API Gateway passes on text that is not UTF-8; base64 loses nothing.
  const isText = TEXT.test(contentType.trim().toLowerCase()) && isUtf8(body);
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString,
    headers,
    ...(rawQueryString && { queryStringParameters: joinRepeated(rawQueryString) }),
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId: "local",
      domainName: headers["host"] ?? "",
      domainPrefix: (headers["host"] ?? "").split(".")[0] ?? "",
      http: {
        method,
        path,
        protocol: `HTTP/${message.httpVersion}`,
        sourceIp: message.socket.remoteAddress ?? "",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: id,
      routeKey,
      stage: "$default",
      time: new Date(receivedAt).toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) (\S+) GMT$/, "$1/$2/$3:$4 +0000"),
      timeEpoch: receivedAt,
    },
    ...(body.byteLength > 0 && { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.byteLength > 0 && !isText,
  };
}

function joinRepeated(rawQueryString: string): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    joined[name] = joined[name] === undefined ? value : `${joined[name]},${value}`;
  }
  return joined;
}

/** Sends a result, or a 500 if the result can't be sent; returns what it sent. */
function respond(
  response: ServerResponse,
  result: APIGatewayProxyStructuredResultV2,
): APIGatewayProxyStructuredResultV2 {
  try {
    const { statusCode = 200, headers = {}, body = "", isBase64Encoded = false } = result;
    const payload = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
    response.writeHead(statusCode).end(payload);
    return result;
  } catch {
    const { statusCode, body } = INTERNAL_SERVER_ERROR;
    response.writeHead(statusCode, { "content-type": "application/json" }).end(body);
    return INTERNAL_SERVER_ERROR;
  }
}
