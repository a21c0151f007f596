import { NOT_ACCEPTED_MESSAGE } from "../../functions/callback/relay.ts";

/** A callback that the existing handler did not accept. */
export interface RelayFailure {
  /** API Gateway's id of the request. */
  readonly requestId: string;
  readonly problem: string;
}

/** Reads a line of the function's log; `undefined` if it is about anything else. */
export function readRelayFailure(line: string): RelayFailure | undefined {
  if (!line.includes(NOT_ACCEPTED_MESSAGE)) return undefined;
  try {
    const { message, requestId, problem } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (message !== NOT_ACCEPTED_MESSAGE || typeof requestId !== "string" || typeof problem !== "string")
      return undefined;
    return { requestId, problem };
  } catch {
    return undefined;
  }
}
