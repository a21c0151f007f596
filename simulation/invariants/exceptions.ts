import { sign } from "../../tencent/signature.ts";
import { TOKEN_OVERLAP_HOURS } from "../app.ts";
import type { Answered, Facts } from "./facts.ts";
import { isRefused } from "./handler-replies.ts";

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

/** How long the previous token is accepted after the newer of the two was created, in milliseconds. */
const OVERLAP_MS = TOKEN_OVERLAP_HOURS * 3_600_000;

/**
 * Whether a callback may be refused for its signature: its token was replaced twice, or too long ago, or stored a moment ago. Nobody
 * can tell such a callback from a forged one.
 */
export function isRefusable({ attempt, invocation, result }: Answered, facts: Facts): boolean {
  if (result.statusCode !== 401 || !result.body.includes("Sign does not match")) return false;
  const { startedAt, endedAt = startedAt } = invocation;
  const { tokens } = facts.history;
  const changes = tokens.filter(({ storedAt }) => storedAt <= endedAt);
  const createdAt = (token: string) => tokens.find(({ value }) => value === token)?.storedAt ?? 0;
  // The tokens that were valid at some time within those seconds: the function may know any of them.
  const times = [startedAt - FRESHNESS_MS, ...changes.map(({ storedAt }) => storedAt)];
  return times
    .filter((time) => time >= startedAt - FRESHNESS_MS)
    .some((time) => {
      const known = changes.filter(({ storedAt }) => storedAt <= time).slice(-2);
      const changedAt = Math.max(...known.map(({ value }) => createdAt(value)));
      const isOver = canClockFail(facts) || startedAt > changedAt + OVERLAP_MS;
      return !known.slice(isOver ? -1 : -2).some(({ value }) => isSignedWith(attempt.query, value));
    });
}

/** Whether a query's `Sign` was created with a token. */
export function isSignedWith(query: string, token: string): boolean {
  const parameters = new URLSearchParams(query);
  return parameters.get("Sign") === sign(token, parameters.get("RequestTime") ?? "");
}

/**
 * Whether an environment was within what it keeps a minute of requests that nobody can judge, and of callbacks that are refused
 * although their signature is right.
 */
export function isWithinLimits(answer: Answered): boolean {
  const { callback, invocation, result } = answer;
  const { environment, startedAt } = invocation;
  const recent = environment.invocations.filter(
    (other) => startedAt - MINUTE < other.startedAt && other.startedAt <= startedAt,
  );
  const bytes = recent.reduce((sum, { logBytes }) => sum + logBytes, Buffer.byteLength(callback.body));
  // What is refused for its content was signed, and had not expired.
  if (isRefused(answer) && (result.statusCode === 400 || result.statusCode === 413))
    return bytes < REFUSED_BYTES_PER_MINUTE;
  return recent.length <= KEPT_PER_MINUTE && bytes < KEPT_BYTES_PER_MINUTE;
}

/** Whether the clock of an environment may be wrong, so that it takes another minute for the same. */
export function canClockFail({ plan }: Facts): boolean {
  return plan.lambdaFaults.some(({ name }) => name.includes("the clock of environments"));
}
