import type { ReceivedRequest } from "./http-api.ts";

/** The command that a request's query names; `undefined` if it names none. */
export function claimedCommand({ rawQueryString }: Pick<ReceivedRequest, "rawQueryString">): string | undefined {
  return new URLSearchParams(rawQueryString).get("CallbackCommand") ?? undefined;
}
