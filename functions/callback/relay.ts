import { MAX_FORWARDED_BODY_BYTES } from "../../tencent/callback.ts";
import { decodeText, isEmptyBody } from "../../tencent/json.ts";
import { type Reply, replyAsHandler, replyHandlerFailed } from "../../tencent/reply.ts";
import type { CallbackRequest } from "../../tencent/request.ts";
import { type HttpAnswer, type HttpRequest, StaleConnection, send } from "../aws/http.ts";
import type { Deadline } from "../aws/json-client.ts";
import type { Invocation } from "../invocation.ts";
import type { Accepted, Judgement, Unjudged } from "../judge-callback.ts";
import { explain, log } from "../log.ts";
import type { Receipt } from "../receipt.ts";
import type { RelayTarget } from "../relay-target.ts";
import { HANDLER_UNTIL_MS, UNHURRIED_HANDLER_UNTIL_MS } from "./deadlines.ts";

/** The message of a log line about a callback that the handler did not accept. */
export const NOT_ACCEPTED_MESSAGE = "the existing handler did not accept a callback";

/** The largest reply of the handler that goes back to Tencent. */
export const MAX_REPLY_BYTES = 64 * 1024;

/** The outcome of relaying a request. */
export interface RelayOutcome {
  /**
   * The handler's reply for Tencent, or a failure if it gave none that Tencent would take; `undefined` if the handler does not decide,
   * as `OK` means stored.
   */
  readonly reply: Reply | undefined;
  /** Why the handler did not accept the callback; `undefined` if it did. */
  readonly problem: string | undefined;
  /** From sending the request to the end of the reply, or to giving up. */
  readonly milliseconds: number;
}

/**
 * Relays requests to an existing handler, as they arrived: method, query, body and content type, and nothing else. The query
 * includes the signature, so the handler can verify it as it always has.
 */
export class Relay {
  readonly #target: RelayTarget;

  constructor(target: RelayTarget) {
    this.#target = target;
  }

  /**
   * Opens the connection for the first callback, with a GET request whose answer does not matter. Never rejects.
   *
   * @param timeout milliseconds after which to give up
   */
  async connect(timeout: number): Promise<void> {
    try {
      await send(this.#target.url, { method: "GET", headers: {} }, timeout, MAX_REPLY_BYTES);
    } catch (error) {
      log("WARN", "no connection to the existing handler at start", { error: explain(error) });
    }
  }

  /**
   * Begins to relay a request, unless it is refused, a Verify, or its command is not relayed.
   *
   * @returns the outcome, which never rejects; `undefined` if the request is not relayed
   */
  begin(judgement: Judgement, invocation: Invocation, receipt: Receipt): Promise<RelayOutcome> | undefined {
    if (judgement.verdict === "refused") return undefined;
    if (isEmptyBody(judgement.request.body) || !this.#target.has(judgement.command ?? "")) return undefined;
    return this.#relay(judgement, invocation, receipt);
  }

  async #relay(
    judgement: Accepted | Unjudged,
    invocation: Invocation,
    { monotonicTime }: Receipt,
  ): Promise<RelayOutcome> {
    const startedAt = performance.now();
    const { request, isUserWaiting } = judgement;
    const isDecisive = isHandlersTurn(judgement);
    const limit = isDecisive && !isUserWaiting ? UNHURRIED_HANDLER_UNTIL_MS : HANDLER_UNTIL_MS;
    let reply: Reply;
    let problem: string | undefined;
    try {
      const { statusCode, body } = await this.#post(request, invocation, monotonicTime + limit);
      problem = findProblem(statusCode, readActionStatus(statusCode, body), isUserWaiting);
      reply = replyAsHandler(statusCode, body.toString());
    } catch (error) {
      problem = explain(error);
      reply = replyHandlerFailed();
    }
    return { reply: isDecisive ? reply : undefined, problem, milliseconds: performance.now() - startedAt };
  }

  async #post({ body }: CallbackRequest, invocation: Invocation, deadline: Deadline): Promise<HttpAnswer> {
    if (body.byteLength > MAX_FORWARDED_BODY_BYTES) throw new Error("the body is too large to relay");
    const { headers = {}, requestContext, rawPath, rawQueryString } = invocation;
    const { host, pathname } = this.#target.url;
    // Each round would relay the request once more.
    if (`${headers["host"]}${rawPath}` === `${host}${pathname}`)
      throw new Error("RELAY_URL is this endpoint's own URL");
    const contentType = headers["content-type"];
    const method = requestContext.http.method ?? "POST";
    const path = `${pathname}?${rawQueryString}`;
    const passedOn = contentType === undefined ? {} : { "content-type": contentType };
    return this.#send({ method, path, headers: passedOn, body }, deadline);
  }

  async #send(request: HttpRequest, deadline: Deadline): Promise<HttpAnswer> {
    const attempt = () => send(this.#target.url, request, deadline - performance.now(), MAX_REPLY_BYTES);
    try {
      return await attempt();
    } catch (error) {
      // While an environment is frozen, it does not notice that the handler closes an idle connection.
      if (error instanceof StaleConnection) return attempt();
      throw error;
    }
  }
}

/** Whether Tencent gets the handler's reply. It does if a user is waiting for the verdict, or if there is no event to store. */
export function isHandlersTurn(judgement: Accepted | Unjudged): boolean {
  const becomesEvent = judgement.verdict === "accepted" ? judgement.event !== undefined : judgement.mayBecomeEvent;
  return judgement.isUserWaiting || !becomesEvent;
}

function readActionStatus(statusCode: number, reply: Buffer): unknown {
  try {
    // Without a byte-order mark, which goes back to Tencent all the same.
    return (JSON.parse(decodeText(reply)) as { readonly ActionStatus?: unknown } | null)?.ActionStatus;
  } catch {
    // V8's message quotes the reply, which may repeat the signature.
    throw new Error(`it replied with ${statusCode} and no JSON`);
  }
}

/** A before-callback is answered with FAIL on purpose, to forbid something. */
function findProblem(statusCode: number, actionStatus: unknown, isUserWaiting: boolean): string | undefined {
  if (statusCode !== 200) return `it replied with ${statusCode}`;
  return actionStatus === "FAIL" && !isUserWaiting ? "it replied with FAIL" : undefined;
}
