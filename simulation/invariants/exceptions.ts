import { sign } from "../../tencent/signature.ts";
import type { Answered, Facts } from "./facts.ts";

// What docs/reliability.md excepts from the promises.

const MINUTE = 60_000;

/** How old the tokens may be that refuse a signature, and how long reading them may take. */
const FRESHNESS_MS = 6_000;

/** How many requests a minute an environment keeps while nobody can tell which are genuine. */
const KEPT_PER_MINUTE = 300;
/** How many bytes of the log it spends on those, and on expired ones. */
const KEPT_BYTES_PER_MINUTE = 4 * 1024 * 1024;
/** How many bytes of the log it spends on callbacks that are refused for their content. */
const REFUSED_BYTES_PER_MINUTE = 16 * 1024 * 1024;

/**
 * Whether a callback may be refused for its signature: its token was replaced twice, or stored a moment ago. Nobody can tell such a
 * callback from a forged one.
 */
export function isRefusable({ attempt, invocation, result }: Answered, { history }: Facts): boolean {
  if (result.statusCode !== 401 || !result.body.includes("Sign does not match")) return false;
  const { startedAt } = invocation;
  const changes = history.tokens.filter(({ storedAt }) => storedAt <= startedAt);
  // The tokens that were valid at some time within those seconds: the function may know any of them.
  const times = [startedAt - FRESHNESS_MS, ...changes.map(({ storedAt }) => storedAt)];
  return times
    .filter((time) => time >= startedAt - FRESHNESS_MS)
    .some((time) => {
      const valid = changes.filter(({ storedAt }) => storedAt <= time).slice(-2);
      return !valid.some(({ value }) => isSignedWith(attempt.query, value));
    });
}

function isSignedWith(query: string, token: string): boolean {
  const parameters = new URLSearchParams(query);
  return parameters.get("Sign") === sign(token, parameters.get("RequestTime") ?? "");
}

/**
 * Whether an environment was within what it keeps a minute of requests that nobody can judge, and of callbacks that are refused
 * although their signature is right.
 */
export function isWithinLimits({ callback, invocation, result }: Answered): boolean {
  const { environment, startedAt } = invocation;
  const recent = environment.invocations.filter(
    (other) => startedAt - MINUTE < other.startedAt && other.startedAt <= startedAt,
  );
  const bytes = recent.reduce((sum, { logBytes }) => sum + logBytes, Buffer.byteLength(callback.body));
  // What is refused for its content was signed, and had not expired.
  if (result.statusCode === 400 || result.statusCode === 413) return bytes < REFUSED_BYTES_PER_MINUTE;
  return recent.length <= KEPT_PER_MINUTE && bytes < KEPT_BYTES_PER_MINUTE;
}
