import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { namesLoopback } from "./server.ts";

/** Thrown by an operation to answer with an error of AWS's. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** An operation of a service: takes its input and returns its output. */
export type Operation = (input: Record<string, unknown>) => object | Promise<object>;

/**
 * Creates a server that speaks AWS's JSON protocol
 * (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html), for stand-ins of AWS's services.
 *
 * @param operations by target, such as `AWSEvents.PutEvents`; any other target is answered with an error
 */
export function createJsonProtocolServer(operations: Readonly<Record<string, Operation>>): Server {
  return createServer(async (request, response) => {
    const answer = (statusCode: number, body: object) =>
      response.writeHead(statusCode, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    try {
      if (!namesLoopback(request)) throw new ServiceError("AccessDeniedException", "Host is not this machine's");
      const body = await text(request);
      const target = String(request.headers["x-amz-target"]);
      const operation = Object.hasOwn(operations, target) ? operations[target] : undefined;
      if (operation === undefined) throw new ServiceError("UnknownOperationException", `${target} is not known here`);
      answer(200, await operation(JSON.parse(body) as Record<string, unknown>));
    } catch (error) {
      const code = error instanceof ServiceError ? error.code : "SerializationException";
      answer(400, { __type: code, message: (error as Error).message });
    }
  });
}
