import type { EnvironmentRecord } from "../history.ts";
import type { Promises } from "./promise.ts";

/** The most calls that one callback makes: a call is repeated after at least a few milliseconds, until 3.5 s after receipt. */
const MOST_CALLS = 60;
/** Twice a body whose every byte is escaped, and a dozen lines. */
const MOST_LOG_BYTES = 12 * 1024;
const MOST_LOG_BYTES_PER_BODY_BYTE = 12;

/** How many requests an environment keeps a minute that nobody can judge, and how many bytes of them it logs. */
const MOST_PARKED = 300;
const MINUTE = 60_000;
const FIVE_SECONDS = 5_000;

/** What a callback costs, also under attack. */
export const BOUNDS: Promises = {
  *"A callback makes a bounded number of calls"({ answered }) {
    for (const { callback, invocation } of answered) {
      yield invocation.calls.length > MOST_CALLS ? `${callback.key} made ${invocation.calls.length} calls` : undefined;
    }
  },

  *"A callback writes a bounded number of bytes to the log"({ answered }) {
    for (const { callback, invocation } of answered) {
      const limit = MOST_LOG_BYTES + MOST_LOG_BYTES_PER_BODY_BYTE * Buffer.byteLength(callback.body);
      yield invocation.logBytes > limit ? `${callback.key} wrote ${invocation.logBytes} bytes` : undefined;
    }
  },

  *"An environment parks at most 300 requests a minute"({ history }) {
    for (const environment of history.environments) {
      const times = parkedAt(environment);
      const over = times.find(
        (time, index) => time - (times[index - MOST_PARKED] ?? Number.NEGATIVE_INFINITY) < MINUTE / 2,
      );
      yield over === undefined ? undefined : `environment ${environment.id} parked more`;
    }
  },

  *"An environment reads the secret at most twice in five seconds, if the reads succeed"({ plan, history }) {
    // To an environment whose clock jumps, time has passed.
    if (plan.lambdaFaults.some(({ name }) => name.includes("clock"))) return;
    for (const { id, invocations } of history.environments) {
      // A read may ask for both versions.
      const reads = invocations.flatMap(({ calls, startedAt }) => {
        const own = calls.filter(({ target }) => target === "secret");
        return own.length > 0 && own.every(({ fault }) => fault === undefined) ? [startedAt] : [];
      });
      const over = reads.find((time, index) => time - (reads[index - 2] ?? Number.NEGATIVE_INFINITY) < FIVE_SECONDS);
      yield over === undefined ? undefined : `environment ${id} read more often`;
    }
  },

  *"Nothing is left running when a function returns"({ history }) {
    for (const { invocations, functionName } of history.environments) {
      for (const { leftPending, outcome } of invocations) {
        if (outcome === "returned")
          yield leftPending > 0 ? `${functionName} left ${leftPending} timers and requests` : undefined;
      }
    }
  },

  *"No function fails or times out"({ history }) {
    for (const { invocations, functionName, lines } of history.environments) {
      for (const { outcome } of invocations)
        yield outcome === "failed" || outcome === "timed out" ? `${functionName} ${outcome}` : undefined;
      for (const { text } of lines) if (text.includes('"internal error"')) yield text.slice(0, 500);
    }
  },
};

function parkedAt({ invocations, functionName }: EnvironmentRecord): number[] {
  if (functionName === "republish") return [];
  return invocations.flatMap(({ calls, result, startedAt }) =>
    result?.body.includes("the token could not be read") && calls.some(({ target }) => target === "standby")
      ? [startedAt]
      : [],
  );
}
