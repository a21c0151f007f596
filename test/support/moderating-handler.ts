import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { close, listen } from "../../local/server.ts";

/** How to run the handler. */
export interface ModeratingHandlerOptions {
  /** The callback token of the Chat console. */
  readonly token: string;
  /** @default one that is free */
  readonly port?: number;
}

/** A callback that the handler verified, and its reply. */
export interface HandlerCall {
  readonly command: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** 0 allows, {@link FORBIDDEN} forbids. */
  readonly errorCode: number;
}

/** A running handler. */
export interface ModeratingHandler {
  /** Its callback URL. */
  readonly url: string;
  /** The verified callbacks so far. */
  readonly calls: readonly HandlerCall[];
  /** How many requests it refused, because their signature was wrong or old. */
  readonly refusals: number;
  /** Stops it at once. */
  close(): Promise<void>;
}

/** The word that a message must not contain. */
export const FORBIDDEN_WORD = "swindle";

/** The `ErrorCode` that forbids a message and that the sender's client shows (https://www.tencentcloud.com/document/product/1047/34364). */
export const FORBIDDEN = 120_001;

const PATH = "/im/callback";

/**
 * Starts a callback handler as a team may have it: it verifies each request, forbids messages that contain
 * {@link FORBIDDEN_WORD}, and replies OK to all else. It shares no code with the functions, so that it finds their mistakes.
 */
export async function startModeratingHandler({
  token,
  port = 0,
}: ModeratingHandlerOptions): Promise<ModeratingHandler> {
  const calls: HandlerCall[] = [];
  let refusals = 0;
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://handler");
    if (request.method !== "POST" || pathname !== PATH) return reply(response, 404, 1, "no callback");
    const text = await readText(request);
    if (!isVerified(searchParams, token)) {
      refusals += 1;
      return reply(response, 401, 1, "the signature is wrong or old");
    }
    const errorCode = text.includes(FORBIDDEN_WORD) ? FORBIDDEN : 0;
    calls.push({ command: searchParams.get("CallbackCommand") ?? "", body: JSON.parse(text), errorCode });
    reply(response, 200, errorCode, errorCode === 0 ? "" : "the message is forbidden");
  });
  const url = `${await listen(server, port)}${PATH}`;
  return {
    url,
    calls,
    get refusals() {
      return refusals;
    },
    close: () => close(server),
  };
}

/** A callback that is cut off, as when the handler is stopped, is read as empty. */
async function readText(request: IncomingMessage): Promise<string> {
  return String(await buffer(request).catch(() => ""));
}

function isVerified(query: URLSearchParams, token: string): boolean {
  const requestTime = query.get("RequestTime") ?? "";
  const expected = createHash("sha256").update(`${token}${requestTime}`).digest("hex");
  return query.get("Sign") === expected && Math.abs(Date.now() / 1000 - Number(requestTime)) <= 60;
}

function reply(response: ServerResponse, status: number, errorCode: number, errorInfo: string): void {
  const actionStatus = status === 200 ? "OK" : "FAIL";
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ ActionStatus: actionStatus, ErrorCode: errorCode, ErrorInfo: errorInfo }));
}
