import { EXPIRED } from "../../tencent/authenticate.ts";
import type { CallbackRecord } from "./callback-record.ts";
import { CHECK_OF_REASON, type CheckName, type Decision } from "./checks.ts";
import type { Expectation } from "./judge-again.ts";
import type { CallbackRow } from "./protocol.ts";
import { expectationOf, isAllowed, isHandlersTurn } from "./relayed.ts";

/** Decides where a callback is by all that is known about it, and why in a few words. */
export function decideVerdict(record: CallbackRecord): Pick<CallbackRow, "verdict" | "reason" | "isHandlerFailed"> {
  const { verdict, reason } = locate(record);
  const { problem } = record.relay ?? {};
  if (problem === undefined) return { verdict, reason };
  return { verdict, reason: [reason, `handler: ${problem}`].filter(Boolean).join(", "), isHandlerFailed: true };
}

type Place = Pick<CallbackRow, "verdict" | "reason">;

function locate(record: CallbackRecord): Place {
  const { reply, messages, isParked, isLogged } = record;
  if (reply === undefined) return { verdict: "in flight", reason: "" };
  if (record.isStored) return { verdict: "stored", reason: reasonOfStored(record) };
  if (record.isForged) return { verdict: "refused", reason: record.expectations?.signed.refusal ?? "" };
  const roles = [...messages.values()];
  if (roles.includes("standby")) return { verdict: "standby", reason: isParked ? "not authenticated yet" : "" };
  if (roles.includes("standby-dead-letters")) return { verdict: "standby", reason: "in its dead letters" };
  if (isLogged) return { verdict: "log", reason: "" };
  if (isParked) return judgeLeft(record.expectations?.signed);
  return judgeReply(record, reply.statusCode);
}

function reasonOfStored({ isRepeat, isRepublished, isReplayed }: CallbackRecord): string {
  if (isRepeat) return "dropped as a repeat";
  if (isReplayed) return "replayed from the log";
  return isRepublished ? "republished" : "";
}

function judgeReply(record: CallbackRecord, statusCode: number): Place {
  const { check, explanation } = decide(record) ?? { check: "Function", explanation: "" };
  if (isHandlersTurn(record)) {
    if (statusCode !== 200) return { verdict: "failed", reason: "" };
    if (check !== "Storage") return { verdict: "acknowledged", reason: reasonOfHandler(record, check) };
  }
  if (statusCode >= 500) return { verdict: "failed", reason: explanation };
  if (statusCode >= 400) return { verdict: "refused", reason: explanation };
  if (check === "Storage") return DELETED;
  return { verdict: "acknowledged", reason: REASONS_WITHOUT_EVENT[check] ?? "" };
}

const DELETED = { verdict: "failed", reason: "its message was deleted from standby" } as const;

/** Judges a parked request that has left standby without an event. */
function judgeLeft(expected: Expectation | undefined): Place {
  if (expected === undefined || expected.check === "Storage") return DELETED;
  if (expected.refusal !== undefined) return { verdict: "refused", reason: expected.refusal };
  return { verdict: "acknowledged", reason: REASONS_WITHOUT_EVENT[expected.check] ?? "" };
}

const REASONS_WITHOUT_EVENT: { readonly [Name in CheckName]?: string } = {
  Verify: "Verify",
  "Before-callback": "before-callback",
  Forwarding: "not forwarded",
};

function reasonOfHandler({ reply }: CallbackRecord, check: CheckName): string {
  if (check !== "Before-callback") return REASONS_WITHOUT_EVENT[check] ?? "";
  return isAllowed(reply?.body ?? "") ? "allowed by the handler" : "not allowed by the handler";
}

/** The sentences for checks that decide without a refusal. */
const EXPLANATIONS: { readonly [Name in CheckName]?: string } = {
  Verify: "The body is empty, as the console's Verify button sends it.",
  "Before-callback": "A user is waiting for the reply, so the callback is allowed.",
  Forwarding: "This command does not become an event.",
};

/**
 * Finds the check that decided on a callback. The reply is the truth: where tokens or clocks made the function judge otherwise
 * than expected, its words count.
 *
 * @returns `undefined` while there is no reply
 */
export function decide(record: CallbackRecord): Decision | undefined {
  const { reply, expectations, isParked, isLogged } = record;
  if (reply === undefined) return undefined;
  const { statusCode } = reply;
  if (isHandlersTurn(record)) return decideForHandler(record);
  const words = readWords(reply.body);
  if (words === undefined) {
    const isRoute = statusCode === 404 || statusCode === 413;
    return { check: isRoute ? "Route" : "Function", explanation: explainGateway(statusCode) };
  }
  if (statusCode === 503) return explainUnavailable(words);
  if (statusCode >= 400)
    return { check: checkOfRefusal(words, expectations?.signed, expectations?.unsigned), explanation: words };
  const { check } = expectationOf(record) ?? STORAGE;
  if (isParked) return { check: "Token", explanation: "The token could not be read." };
  if (check === "Storage") return { check, explanation: explainStorage(record) };
  if (isLogged) return { check: "Function", explanation: "The function could not judge the request." };
  return { check, explanation: EXPLANATIONS[check] ?? "" };
}

/** Finds the check that left the reply to the existing handler. */
function decideForHandler(record: CallbackRecord): Decision {
  const { check } = expectationOf(record) ?? STORAGE;
  if (check === "Storage") return { check, explanation: explainStorage(record) };
  if (check === "Before-callback")
    return { check, explanation: "A user is waiting for the reply, which is the handler's." };
  return { check, explanation: "This command does not become an event, so the reply is the handler's." };
}

const STORAGE = { check: "Storage" } as const;

/** `ErrorInfo` of the endpoint's reply; `undefined` if API Gateway replied instead. */
function readWords(body: string): string | undefined {
  try {
    const { ErrorInfo } = JSON.parse(body) as { ErrorInfo?: unknown };
    return typeof ErrorInfo === "string" ? ErrorInfo : undefined;
  } catch {
    return undefined;
  }
}

function explainGateway(statusCode: number): string {
  if (statusCode === 404) return "No route: only POST to the callback URL's path has one.";
  if (statusCode === 413) return "API Gateway takes at most 10 MiB.";
  return "The function crashed, or took longer than its time-out.";
}

function explainUnavailable(words: string): Decision {
  if (words === "the token could not be read") return { check: "Token", explanation: words };
  if (words === "the event could not be stored") return { check: "Storage", explanation: words };
  return { check: "Function", explanation: words };
}

function checkOfRefusal(words: string, ...expectations: readonly (Expectation | undefined)[]): CheckName {
  const matching = expectations.find((expectation) => expectation?.refusal === words);
  if (matching) return matching.check;
  return CHECK_OF_REASON[words.startsWith(EXPIRED) ? "request-expired" : "signature-invalid"];
}

function explainStorage({ isStored, isRepeat, messages, isLogged }: CallbackRecord): string {
  if (isRepeat) return "The queue dropped the event as a repeat.";
  if (isStored) return "The destination has the event.";
  if (messages.size > 0) return "Standby has the event.";
  return isLogged ? "Only the log has the event." : "The event is gone.";
}
