import { EXPIRED } from "../../tencent/authenticate.ts";
import type { CallRecord, EnvironmentRecord } from "../history.ts";
import { canClockFail } from "./exceptions.ts";
import type { Promises } from "./promise.ts";

/** The most calls that one callback makes: a call is repeated after at least a few milliseconds, until 3.5 s after receipt. */
const MOST_CALLS = 60;
/** Twice a body whose every byte is escaped, and a dozen lines. */
const MOST_LOG_BYTES = 12 * 1024;
const MOST_LOG_BYTES_PER_BODY_BYTE = 12;

/** How many requests an environment keeps a minute that nobody can judge, and how many bytes of them it logs. */
const MOST_PARKED = 300;
const MINUTE = 60_000;

/** The log lines that a minute has limited numbers of. */
const LIMITED_LINES = [
  ["a callback was refused", 5],
  ["a request could not be judged", 300],
] as const;

/** At the start of a minute, and after the first count of a kind. */
const MOST_FLUSHES = 10;
const FIVE_SECONDS = 5_000;

/** What a callback costs, also under attack. */
export const BOUNDS: Promises = {
  *"A callback makes a bounded number of calls"({ answered }) {
    for (const { callback, invocation } of answered) {
      yield invocation.calls.length > MOST_CALLS ? `${callback.key} made ${invocation.calls.length} calls` : undefined;
    }
  },

  *"A callback writes a bounded number of bytes to the log"({ answered }) {
    for (const { callback, invocation, result } of answered) {
      const isWorthless = callback.origin === "forged" && result.statusCode < 500 && !result.body.includes(EXPIRED);
      const limit = isWorthless
        ? MOST_LOG_BYTES
        : MOST_LOG_BYTES + MOST_LOG_BYTES_PER_BODY_BYTE * Buffer.byteLength(callback.body);
      yield invocation.logBytes > limit ? `${callback.key} wrote ${invocation.logBytes} bytes` : undefined;
    }
  },

  *"An environment logs at most five refusals a minute one by one, and 300 requests that it cannot judge"(facts) {
    if (canClockFail(facts)) return;
    for (const { id, lines } of facts.history.environments) {
      for (const [message, most] of LIMITED_LINES) {
        const times = lines.filter(({ text }) => text.includes(`"message":"${message}"`)).map(({ at }) => at);
        yield exceeds(times, 2 * most) ? `environment ${id} logged more` : undefined;
      }
    }
  },

  *"An environment writes metrics about once a minute, if no call fails"(facts) {
    if (canClockFail(facts)) return;
    for (const { id, isMisconfigured, invocations } of facts.history.environments) {
      // It logs callbacks, and counts nothing.
      if (isMisconfigured) continue;
      const times = invocations
        .filter(({ result, calls }) => result?.statusCode === 200 && calls.every(isRoutine))
        .flatMap(({ startedAt, logBytes }) => (logBytes > 0 ? [startedAt] : []));
      yield exceeds(times, MOST_FLUSHES) ? `environment ${id} wrote more often` : undefined;
    }
  },

  *"An environment parks at most 300 requests a minute"(facts) {
    if (canClockFail(facts)) return;
    for (const environment of facts.history.environments) {
      const times = parkedAt(environment);
      yield exceeds(times, 2 * MOST_PARKED) ? `environment ${environment.id} parked more` : undefined;
    }
  },

  *"An environment reads the secret at most twice in five seconds, if the reads succeed"(facts) {
    // To an environment whose clock jumps, time has passed.
    if (canClockFail(facts)) return;
    for (const { id, invocations } of facts.history.environments) {
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

/** Whether there are more than so many within a minute. The functions' minutes may begin at any time, so it has parts of two. */
function exceeds(times: readonly number[], most: number): boolean {
  return times.some((time, index) => time - (times[index - most] ?? Number.NEGATIVE_INFINITY) < MINUTE);
}

function isRoutine({ target, fault }: CallRecord): boolean {
  return target === "destination" && fault === undefined;
}
