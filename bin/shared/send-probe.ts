import { randomUUID } from "node:crypto";
import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { signedQuery } from "../../tencent/signed-query.ts";
import type { CallbackTarget } from "./callback-target.ts";
import { NoReplyError, postCallback, type Reply } from "./post-callback.ts";

/** How a probe differs from a Verify that is signed now, with the right token. */
export interface Deviation {
  /** The token that signs the probe; `undefined` leaves out the signature. */
  readonly token?: string | undefined;
  /** How long ago it was signed, in seconds. */
  readonly age?: number;
  /** The command that the query names; the read report if absent. */
  readonly command?: string;
  /** The body; an absent one makes the probe a Verify, which never becomes an event. */
  readonly body?: object;
}

/** Deviations that an attacker's callback may have, and that the endpoint must refuse. */
export const FORGED = {
  unsigned: { token: undefined },
  /** Signed two days ago; the largest `clockSkewSeconds` is a day. */
  stale: { age: 2 * 86_400 },
  wrongToken: { token: "not the token" },
} as const satisfies Readonly<Record<string, Deviation>>;

/** The endpoint's answer to a probe. */
export interface Answer {
  /** The HTTP status; `undefined` without a reply. */
  readonly status: number | undefined;
  /** The status, or why there is none, in words. */
  readonly summary: string;
  /** The reason for a refusal as the endpoint gave it; never to be printed, as it may repeat the signed query. */
  readonly errorInfo: string;
  /** Whether the reply means that the callback was received. */
  readonly isOk: boolean;
  /** The time to the whole reply; NaN without one. */
  readonly milliseconds: number;
  /** The whole reply, for checks of its form; its text is never to be printed. Absent without one. */
  readonly reply?: Reply;
}

/** Far more than Tencent's two seconds, to tell slow endpoints from dead ones. */
const TIMEOUT_MS = 10_000;

/** Posts a probe to the callback URL as Tencent would post a callback. */
export async function sendProbe(target: CallbackTarget, deviation: Deviation = {}): Promise<Answer> {
  const { token, age = 0, command = READ_REPORT_COMMAND, body }: Deviation = { token: target.token, ...deviation };
  const query = new URLSearchParams(
    signedQuery({
      sdkAppId: target.sdkAppId,
      token: token ?? "",
      command,
      requestTime: Math.floor(Date.now() / 1000) - age,
      requestId: randomUUID(),
    }),
  );
  if (token === undefined) {
    query.delete("Sign");
    query.delete("RequestTime");
  }
  try {
    const text = body === undefined ? "" : JSON.stringify(body);
    const reply = await postCallback(target.url, query.toString(), text, TIMEOUT_MS);
    const { status } = reply;
    const { ActionStatus, ErrorCode, ErrorInfo } = parseObject(reply.text);
    const isOk = status === 200 && ActionStatus === "OK" && ErrorCode === 0 && ErrorInfo === "";
    const summary = `answered with ${status}${status === 200 && !isOk ? ", but not OK" : ""}`;
    const errorInfo = String(ErrorInfo ?? "");
    return { status, summary, errorInfo, isOk, milliseconds: Math.round(reply.milliseconds), reply };
  } catch (error) {
    if (!(error instanceof NoReplyError)) throw error;
    const summary = `not answered ${error.message}`;
    return { status: undefined, summary, errorInfo: "", isOk: false, milliseconds: Number.NaN };
  }
}

/** The object that JSON text contains; an empty one if it contains something else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
