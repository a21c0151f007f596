import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { close, listen } from "../../local/server.ts";
import { bundlePage, type PageFiles } from "./bundle-page.ts";
import { checkOrigin, SECURITY_HEADERS } from "./check-origin.ts";
import { Console, type ConsoleOptions } from "./console.ts";
import { listSignings, readSample } from "./documented-commands.ts";
import { findJsonProblem } from "./find-json-problem.ts";
import { HttpError } from "./http-error.ts";
import { INPUTS, readInput } from "./read-input.ts";
import { readJson } from "./read-json.ts";
import { type Routes, route } from "./routes.ts";
import { Stream } from "./stream.ts";

/** The running console. */
export interface RunningConsole {
  /** Its URL, such as `http://127.0.0.1:8788/`. */
  readonly url: string;
  /** Ends all connections, and stops what it still sends. */
  close(): Promise<void>;
}

/**
 * Starts the console on the loopback interface.
 *
 * @param options its `port`; 0 picks a free one
 * @throws {Error} such as `EADDRINUSE`
 */
export async function startConsole(options: ConsoleOptions & { readonly port: number }): Promise<RunningConsole> {
  options.journal.attach(options.system);
  const console = new Console(options, () => stream.changed());
  const stream = new Stream(options.journal, () => console.state());
  const stopWatching = options.faults.watch(() => stream.changed());
  const routes = createRoutes(console);
  let files: Promise<PageFiles> | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    checkOrigin(request, (server.address() as AddressInfo).port);
    const [pathname = "", query = ""] = (request.url ?? "").split("?", 2);
    if (pathname === "/api/stream" && request.method === "GET") return stream.add(response);
    const handler = route(routes, request.method ?? "", pathname);
    if (handler) {
      const output = await handler(request.method === "POST" ? await readJson(request) : new URLSearchParams(query));
      respond(response, 200, "application/json", JSON.stringify(output));
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD") throw new HttpError(405, "Expected GET.");
    files ??= bundlePage();
    const file = (await files.catch(failToBundle)).get(pathname);
    if (file === undefined) throw new HttpError(404, "There is no such page.");
    respond(response, 200, file.contentType, file.content);
  }

  const server = createServer(async (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    response.on("error", () => {});
    await answer(request, response).catch((error: Error) => respondError(response, error));
  });
  const url = await listen(server, options.port);
  return {
    url: `${url}/`,
    async close() {
      stopWatching();
      console.sender.close();
      stream.close();
      await close(server);
    },
  };

  function failToBundle(error: Error): never {
    files = undefined;
    throw new HttpError(500, `The page could not be built: ${error.message}`);
  }
}

function createRoutes(console: Console): Routes {
  const nothing = (input: unknown) => readInput(INPUTS.nothing, input);
  return {
    "GET /api/commands": () => console.commands(),
    "GET /api/signings": () => listSignings(),
    "GET /api/sample": (query) => {
      const { command, shape } = Object.fromEntries(query as URLSearchParams);
      return readSample(command, shape);
    },
    "GET /api/callbacks/:id": (_query, id) => console.callback(id),
    "GET /api/queues/:id": (_query, id) => console.queues.list(id),
    "POST /api/send": (input) => console.sender.send(readInput(INPUTS.send, input)),
    "POST /api/callbacks/:id/send": (input, id) => {
      nothing(input);
      return console.sendAgain(id);
    },
    "POST /api/check": (input) => {
      const problem = findJsonProblem(readInput(INPUTS.check, input).body);
      return problem ? { problem } : {};
    },
    "POST /api/copies": (input) => console.copies(readInput(INPUTS.copies, input)),
    "POST /api/break": (input) => {
      console.break(readInput(INPUTS.break, input));
      return {};
    },
    "POST /api/heal": (input) => {
      console.heal(readInput(INPUTS.heal, input));
      return {};
    },
    "POST /api/queues/:id/receive": (input, id) => {
      nothing(input);
      return console.queues.receive(id);
    },
    "POST /api/queues/:id/fail": (input, id) => console.queues.fail(id, readInput(INPUTS.fail, input).times),
    "POST /api/queues/:id/move-back": (input, id) => {
      nothing(input);
      return console.queues.moveBack(id);
    },
    "POST /api/replay": (input) => {
      nothing(input);
      return console.replay();
    },
    "POST /api/stories/:id": (input, id) => {
      nothing(input);
      console.stories.start(id);
      return {};
    },
  };
}

function respond(
  response: ServerResponse,
  statusCode: number,
  contentType: string,
  content: string | Uint8Array,
): void {
  response.writeHead(statusCode, { "content-type": contentType }).end(content);
}

/** A fault of the console's own says nothing about its inside, as messages may hold a signature. */
function respondError(response: ServerResponse, error: Error): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const [statusCode, message] =
    error instanceof HttpError ? [error.statusCode, error.message] : [500, "The console failed to answer."];
  // What is left of a body that was not read would be taken for the next request.
  response.setHeader("connection", "close");
  respond(response, statusCode, "application/json", JSON.stringify({ error: message }));
}
