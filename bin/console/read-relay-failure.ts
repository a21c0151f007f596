/** The message with which the callback function logs that the existing handler did not accept a callback. */
const MESSAGE = "the existing handler did not accept a callback";

/** A callback that the existing handler did not accept. */
export interface RelayFailure {
  /** API Gateway's id of the request. */
  readonly requestId: string;
  readonly problem: string;
}

/** Reads a line of the function's log; `undefined` if it is about anything else. */
export function readRelayFailure(line: string): RelayFailure | undefined {
  if (!line.includes(MESSAGE)) return undefined;
  try {
    const { message, requestId, problem } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (message !== MESSAGE || typeof requestId !== "string" || typeof problem !== "string") return undefined;
    return { requestId, problem };
  } catch {
    return undefined;
  }
}
