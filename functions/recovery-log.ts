import type { ChatEvent } from "../events/chat-event.ts";
import { isChatEvent } from "../events/is-chat-event.ts";
import { MAX_FORWARDED_BODY_BYTES } from "../tencent/callback.ts";
import type { JsonObject } from "../tencent/json.ts";
import type { Refusal, RefusalReason } from "../tencent/refusal.ts";
import type { CallbackParameters, CallbackRequest } from "../tencent/request.ts";
import type { SignedRequest } from "./judge-callback.ts";
import { explain, log } from "./log.ts";
import { hasDoubled, MinuteSum } from "./minute-sum.ts";
import { readLogLines } from "./read-log-lines.ts";

// The log is the last place for what neither the destination nor standby took, and for signed callbacks that were refused. This
// file writes such records and reads them back, so the two cannot diverge.

/** The messages of the log lines that are records. */
const MESSAGES = {
  event: "an event could not be stored",
  request: "a request could not be judged",
  refused: "a signed callback was refused",
} as const;

/** A request without its signature and the client's address. */
export interface LoggedRequest extends Omit<CallbackParameters, "sign" | "requestTime" | "clientIp"> {
  /** An ISO 8601 time. */
  readonly receivedAt: string;
  readonly body: string;
  /** Present if the body is not UTF-8. */
  readonly isBase64Encoded?: true;
  /** Whether its signature was verified, and fresh. If not, anyone may have sent it. */
  readonly authenticated: boolean;
}

/** The fields of a record, one type for each message. */
type RecordFields = {
  readonly event: { readonly error: string; readonly event: ChatEvent };
  readonly request: { readonly error: string; readonly request: LoggedRequest };
  readonly refused: {
    readonly error: string;
    readonly reason: RefusalReason;
    /** API Gateway's id of the request, by which the access log has its address. */
    readonly requestId: string | undefined;
    readonly request: LoggedRequest;
  };
};

/** The reason of refused requests that are signed but not authenticated. */
const EXPIRED: RefusalReason = "request-expired";

/** A record as read back. */
export type RecoveryRecord =
  | { readonly kind: "event"; readonly event: ChatEvent }
  | { readonly kind: "request" | "refused"; readonly request: LoggedRequest };

/** How many requests that were never authenticated an environment logs a minute: anyone can send them, and the log costs money. */
export const MAX_REQUESTS_PER_MINUTE = 300;
/** The most bytes of requests that an environment logs a minute, for each of: those never authenticated, and those that have expired. */
export const MAX_REQUEST_BYTES_PER_MINUTE = 4 * 1024 * 1024;
/**
 * The most bytes of refused callbacks that it logs a minute: about 24,000 read reports, or 400 a second, which is more than one
 * environment gets. After a change of format, every callback may be one of them.
 */
export const MAX_REFUSED_BYTES_PER_MINUTE = 16 * 1024 * 1024;

/** Writes what could be stored nowhere else. */
export class RecoveryLog {
  // Separate, so that requests from strangers leave room for those that only Tencent can send.
  readonly #unjudged = new Budget("unjudged", MAX_REQUEST_BYTES_PER_MINUTE, MAX_REQUESTS_PER_MINUTE);
  readonly #expired = new Budget("expired", MAX_REQUEST_BYTES_PER_MINUTE);
  readonly #refused = new Budget("refused", MAX_REFUSED_BYTES_PER_MINUTE);

  /** Logs the event of a genuine callback, whole. */
  event(event: ChatEvent, error: unknown): void {
    write("event", { error: explain(error), event });
  }

  /**
   * Logs a request that was never authenticated, within {@link MAX_REQUESTS_PER_MINUTE} and
   * {@link MAX_REQUEST_BYTES_PER_MINUTE}.
   *
   * @param receivedAt Unix milliseconds
   */
  request(request: CallbackRequest, receivedAt: number, error: unknown): void {
    this.#unjudged.spend(receivedAt, () =>
      write("request", { error: explain(error), request: toLogged(request, false, receivedAt) }),
    );
  }

  /**
   * Logs a request that was refused although its signature is valid, if its body has at most {@link MAX_FORWARDED_BODY_BYTES}, and
   * within {@link MAX_REFUSED_BYTES_PER_MINUTE}, or {@link MAX_REQUEST_BYTES_PER_MINUTE} if it has expired.
   *
   * @param receivedAt Unix milliseconds
   * @param requestId API Gateway's id of the request
   */
  refused(
    { request, isAuthenticated }: SignedRequest,
    receivedAt: number,
    { message, reason }: Refusal,
    requestId?: string,
  ): void {
    const budget = isAuthenticated ? this.#refused : this.#expired;
    const bytes = request.body.byteLength;
    if (bytes > MAX_FORWARDED_BODY_BYTES) {
      budget.drop(receivedAt, "a signed callback is too large to log", { bytes });
      return;
    }
    budget.spend(receivedAt, () =>
      write("refused", { error: message, reason, requestId, request: toLogged(request, isAuthenticated, receivedAt) }),
    );
  }
}

/** Limits the log lines of a kind of requests in a minute. */
class Budget {
  readonly #kind: string;
  readonly #maxBytes: number;
  readonly #maxLines: number;
  readonly #lines = new MinuteSum();
  readonly #bytes = new MinuteSum();
  readonly #dropped = new MinuteSum();

  constructor(kind: string, maxBytes: number, maxLines = Number.POSITIVE_INFINITY) {
    this.#kind = kind;
    this.#maxBytes = maxBytes;
    this.#maxLines = maxLines;
  }

  /**
   * Writes a line unless the minute's lines or bytes are used up. The last one may exceed the bytes.
   *
   * @param now Unix milliseconds
   * @param writeLine returns the line
   */
  spend(now: number, writeLine: () => string): void {
    const isUsedUp = this.#lines.add(1, now) > this.#maxLines || this.#bytes.add(0, now) >= this.#maxBytes;
    if (isUsedUp) this.drop(now, "too many requests to log all of them");
    else this.#bytes.add(Buffer.byteLength(writeLine()), now);
  }

  /** Counts a request that is not logged, and says so now and then. */
  drop(now: number, message: string, details: object = {}): void {
    const dropped = this.#dropped.add(1, now);
    if (hasDoubled(dropped)) log("WARN", message, { kind: this.#kind, dropped, ...details });
  }
}

function write<Kind extends keyof RecordFields>(kind: Kind, fields: RecordFields[Kind]): string {
  return log("ERROR", MESSAGES[kind], fields);
}

function toLogged({ parameters, body }: CallbackRequest, authenticated: boolean, receivedAt: number): LoggedRequest {
  const { sign: _secret, requestTime: _signed, clientIp: _personal, ...rest } = parameters;
  const text = body.toString();
  const isText = Buffer.from(text).equals(body);
  return {
    receivedAt: new Date(receivedAt).toISOString(),
    ...rest,
    ...(isText ? { body: text } : { body: body.toString("base64"), isBase64Encoded: true }),
    // Last, as a line's message and reason come first: the reader compares them, in case it joins pieces of two lines.
    authenticated,
  };
}

/** The request in a record, with its body byte for byte. */
export function fromLogged(request: LoggedRequest): CallbackRequest {
  const { authenticated: _flag, receivedAt: _time, body, isBase64Encoded, ...parameters } = request;
  return { parameters, body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8") };
}

/** The content of a log. */
export interface RecoveredLog {
  /** The records with their positions: `line 7`, or `log event` and its id. */
  readonly records: readonly (RecoveryRecord & { readonly position: string })[];
  /** The positions of the function's lines that are not whole. */
  readonly cut: readonly string[];
  /** The positions of what is no line of the function's log, or no valid record. */
  readonly foreign: readonly string[];
}

/**
 * Reads the records in a log.
 *
 * @param text as {@link readLogLines} takes it
 */
export function readRecoveryLog(text: string): RecoveredLog {
  const records: (RecoveryRecord & { position: string })[] = [];
  const cut: string[] = [];
  const foreign: string[] = [];
  for (const { position, content, isCut } of readLogLines(text)) {
    const record = content === undefined ? "malformed" : toRecord(content);
    if (isCut) cut.push(position);
    else if (record === "malformed") foreign.push(position);
    else if (record) records.push({ ...record, position });
  }
  return { records, cut, foreign };
}

/** @returns `undefined` for a line that is not a record */
function toRecord({ level, message, ...fields }: JsonObject): RecoveryRecord | "malformed" | undefined {
  if (level !== "ERROR") return undefined;
  const kinds = Object.keys(MESSAGES) as (keyof RecordFields)[];
  const kind = kinds.find((name) => MESSAGES[name] === message);
  return kind && (READERS[kind](fields) ?? "malformed");
}

const READERS: { readonly [Kind in keyof RecordFields]: (fields: JsonObject) => RecoveryRecord | undefined } = {
  event: ({ event }) => (isChatEvent(event) ? { kind: "event", event } : undefined),
  request: ({ request }) =>
    isLoggedRequest(request) && !request.authenticated ? { kind: "request", request } : undefined,
  refused: ({ reason, request }) =>
    isLoggedRequest(request) && request.authenticated === (reason !== EXPIRED)
      ? { kind: "refused", request }
      : undefined,
};

function isLoggedRequest(value: unknown): value is LoggedRequest {
  const { authenticated, receivedAt, body } = (value ?? {}) as Partial<LoggedRequest>;
  const isTime = typeof receivedAt === "string" && !Number.isNaN(Date.parse(receivedAt));
  return typeof authenticated === "boolean" && isTime && typeof body === "string";
}
