import { createCommandList } from "../../tencent/command-list.ts";
import { FORWARD, RELAYED_COMMANDS } from "../app.ts";
import { HANDLER_URL } from "../existing-handler.ts";
import type { RelayRecord } from "../history.ts";
import type { Answered } from "./facts.ts";

/** When the function gives the existing handler up, in milliseconds after receipt; later if only its reply counts, and no user waits. */
const HANDLER_UNTIL_MS = 1_600;
const UNHURRIED_HANDLER_UNTIL_MS = 2_100;
/** How long the handler's reply travels to the function at most. */
const LONGEST_WAY_MS = 12;
/** The largest reply that goes back to Tencent. */
const MAX_REPLY_BYTES = 64 * 1024;

const SOME = createCommandList([RELAYED_COMMANDS]);

/** Whether the function relays a callback if it is not refused. While the list is invalid, any command may be on it. */
export function isRelayed({ callback: { command, variant }, invocation }: Answered): boolean {
  const { RELAY_URL, RELAY_COMMANDS } = invocation.environment.variables;
  if (RELAY_URL !== HANDLER_URL.href || variant === "Verify") return false;
  return RELAY_COMMANDS !== RELAYED_COMMANDS || SOME.includes(command);
}

/**
 * Whether the verdict on a before-callback is the existing handler's: it is relayed, or nobody knows where to, as the URL is invalid.
 */
export function leavesVerdict(answer: Answered): boolean {
  const { RELAY_URL } = answer.invocation.environment.variables;
  return isRelayed(answer) || (RELAY_URL !== undefined && RELAY_URL !== HANDLER_URL.href);
}

/** Whether the function itself refused a request: the existing handler may also answer with a 4xx. */
export function isRefused(answer: Answered): boolean {
  const { statusCode } = answer.result;
  return statusCode >= 400 && statusCode < 500 && !isHandlersReply(answer);
}

/** Whether a reply is the existing handler's, byte for byte. */
export function isHandlersReply({ invocation, result }: Answered): boolean {
  return invocation.relayed.some(({ answer }) => {
    const content = answer?.content;
    return typeof content === "object" && content.statusCode === result.statusCode && content.text === result.body;
  });
}

/** Whether the function stores nothing, so that the existing handler's reply is all that Tencent waits for. No user does. */
export function isUnhurried({ callback: { origin, isUserWaiting, isEvent }, invocation }: Answered): boolean {
  // While the list is invalid, any callback may become an event.
  const isListValid = invocation.environment.variables["FORWARD"] === FORWARD;
  return origin === "genuine" && !isUserWaiting && !isEvent && isListValid;
}

/** When the function gives the existing handler up, in milliseconds after receipt. */
export function handlerUntil(answer: Answered): number {
  return isUnhurried(answer) ? UNHURRIED_HANDLER_UNTIL_MS : HANDLER_UNTIL_MS;
}

/** What the existing handler replied. */
export interface HandlersReply {
  /** Whether Tencent would take it: JSON, not too large, and in time. `undefined` if it came in the last moment. */
  readonly isValid: boolean | undefined;
  /** Whether the handler accepted the callback by it. */
  readonly isAccepting: boolean | undefined;
}

/** Reads what the existing handler replied to a callback in the end. */
export function readHandlersReply(answered: Answered): HandlersReply {
  const { callback, invocation } = answered;
  const answer = invocation.relayed.at(-1)?.answer;
  const end = invocation.startedAt + handlerUntil(answered);
  const isValid = answer !== undefined && (isReadable(answer.content) ? isInTime(answer, end) : false);
  if (!isValid || typeof answer.content === "string") return { isValid, isAccepting: isValid };
  const { statusCode, text } = answer.content;
  const { ActionStatus } = JSON.parse(text) as { readonly ActionStatus?: unknown };
  // By a before-callback, the handler is asked for its verdict.
  const isRejected = ActionStatus === "FAIL" && !callback.isUserWaiting;
  return { isValid, isAccepting: statusCode === 200 && !isRejected };
}

type Answer = NonNullable<RelayRecord["answer"]>;

function isInTime({ at }: Answer, end: number): boolean | undefined {
  if (at + LONGEST_WAY_MS < end) return true;
  return at > end ? false : undefined;
}

function isReadable(content: Answer["content"]): boolean {
  if (typeof content === "string" || Buffer.byteLength(content.text) > MAX_REPLY_BYTES) return false;
  try {
    JSON.parse(content.text);
    return true;
  } catch {
    return false;
  }
}
