import type { History } from "../history.ts";
import type { AttackKind } from "../plan.ts";
import { isHandlersReply } from "./handler-replies.ts";
import type { Promises } from "./promise.ts";

/** What attackers get. */
export const SECURITY: Promises = {
  *"Nobody else's requests become events, unless the operator takes unverified ones from the log"({
    arrivals,
    history,
    logged,
  }) {
    for (const { key = "", event } of arrivals) {
      if (history.callbacks.get(key)?.origin !== "forged") yield undefined;
      else if (event?.detail.metadata.authentication !== "none") yield `${key} was published as authenticated`;
      else yield logged.has(key) ? undefined : `${key} was published, although it is not in the log`;
    }
  },

  *"A request without a well-formed signature is not kept"({ history, logged, leftBehind }) {
    for (const { key, variant } of history.callbacks.values()) {
      if (!PLAINLY_FORGED.has(variant)) continue;
      yield logged.has(key) || leftBehind.has(key) ? `${key} (${variant}) was kept` : undefined;
    }
  },

  *"Nobody else's requests are answered OK"({ answered }) {
    for (const answer of answered) {
      const { callback, result } = answer;
      if (callback.origin !== "forged" || isHandlersReply(answer)) continue;
      yield result.statusCode === 200 ? `${callback.key} got OK` : undefined;
    }
  },

  *"A request that is refused gets a 4xx, whatever it contains"({ answered }) {
    for (const answer of answered) {
      const { callback, result } = answer;
      if (callback.origin !== "forged" || result.statusCode < 500 || isHandlersReply(answer)) continue;
      yield MAY_BE_UNAVAILABLE.test(result.body)
        ? undefined
        : `${callback.key} got ${result.statusCode} ${result.body}`;
    }
  },

  *"No output contains a token, a signature, a query string or AWS's credentials"({ history }) {
    const signatures = signaturesIn(history);
    for (const output of outputsOf(history)) {
      const found =
        SECRETS.exec(output)?.[0] ?? output.match(HEX_DIGITS)?.find((digits) => signatures.has(digits.toLowerCase()));
      yield found === undefined ? undefined : `a secret is in ${output.replaceAll(found, "****").slice(0, 200)}`;
    }
  },
};

const PLAINLY_FORGED: ReadonlySet<string> = new Set<AttackKind>(["unsigned", "large body", "malformed signature"]);

/** Reasons for a 503 that is not the sender's fault. */
const MAY_BE_UNAVAILABLE =
  /the token could not be read|the endpoint is not configured|the existing handler gave no valid reply/;

const SECRETS = /token-[0-9a-f]{8}-|secret-access-key|session-token|Sign=/;
const HEX_DIGITS = /[0-9a-f]{64}/gi;

function signaturesIn({ callbacks }: History): ReadonlySet<string> {
  const attempts = [...callbacks.values()].flatMap((callback) => callback.attempts);
  return new Set(attempts.flatMap(({ query }) => /Sign=(\w+)/.exec(query)?.[1]?.toLowerCase() ?? []));
}

/** Everything that is written where others than the functions and the operator may read it. */
function* outputsOf({ environments, callbacks, arrivals, operatorOutput }: History): Generator<string> {
  for (const { lines } of environments) for (const { text } of lines) yield text;
  for (const { attempts } of callbacks.values()) for (const { reply } of attempts) if (reply) yield reply.text;
  for (const { body } of arrivals) yield body;
  yield* operatorOutput;
}
