import { isBeforeCallback } from "../../tencent/commands.ts";
import type { CallbackRecord } from "./callback-record.ts";
import type { HandlerDetail } from "./handler-facts.ts";
import type { Expectation } from "./judge-again.ts";

/** What the function expected of a request that it did not refuse, even if the tokens known here say otherwise. */
export function expectationOf({ expectations }: CallbackRecord): Expectation | undefined {
  return expectations?.signed.refusal === undefined ? expectations?.signed : expectations.unsigned;
}

/** Whether Tencent gets the existing handler's reply, or 502 in its place; otherwise it gets the endpoint's own. */
export function isHandlersTurn(record: CallbackRecord): boolean {
  return record.relay !== undefined && expectationOf(record)?.isHandlersTurn === true;
}

/** Whether the existing handler allows the before-callback that it has replied to. */
export function isAllowed(handlersReply: string): boolean {
  try {
    const { ActionStatus, ErrorCode } = JSON.parse(handlersReply) as Readonly<Record<string, unknown>>;
    return ActionStatus === "OK" && ErrorCode === 0;
  } catch {
    return false;
  }
}

/**
 * Describes how the existing handler treated a callback.
 *
 * @param mask hides the signatures that the reply may repeat
 * @returns `undefined` for a callback that is not relayed
 */
export function describeRelay(record: CallbackRecord, mask: (text: string) => string): HandlerDetail | undefined {
  const { relay } = record;
  if (relay === undefined) return undefined;
  return {
    text: ["It got this request unchanged.", explainOutcome(record), explainTencentsReply(record)]
      .filter(Boolean)
      .join(" "),
    ...(relay.reply && {
      reply: {
        label: `Status ${relay.reply.statusCode}, after ${Math.round(relay.reply.milliseconds)} ms`,
        body: mask(relay.reply.body),
      },
    }),
  };
}

function explainOutcome({ relay, command }: CallbackRecord): string {
  if (relay?.problem !== undefined) return `It did not accept the callback: ${relay.problem}.`;
  if (!isBeforeCallback(command)) return "It accepted the callback.";
  return isAllowed(relay?.reply?.body ?? "") ? "It allows it." : "It does not allow it.";
}

/** Says whose reply Tencent got. */
function explainTencentsReply(record: CallbackRecord): string {
  const { relay, reply } = record;
  if (reply === undefined) return "";
  if (!isHandlersTurn(record)) return "Tencent got this endpoint's reply, in which OK means that the event is stored.";
  const isUnchanged = relay?.reply?.statusCode === reply.statusCode && relay.reply.body === reply.body;
  return isUnchanged ? "Tencent got its reply." : `Tencent got ${reply.statusCode} in place of its reply.`;
}
