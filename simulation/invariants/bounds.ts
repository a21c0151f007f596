import { EXPIRED } from "../../tencent/authenticate.ts";
import type { CallRecord, EnvironmentRecord, RelayRecord } from "../history.ts";
import { canClockFail } from "./exceptions.ts";
import type { Facts } from "./facts.ts";
import type { Promises } from "./promise.ts";

/** The most calls that one callback makes: a call is repeated after at least a few milliseconds, until 3.5 s after receipt. */
const MOST_CALLS = 60;
/** Twice a body whose every byte is escaped, and a dozen lines. */
const MOST_LOG_BYTES = 12 * 1024;
const MOST_LOG_BYTES_PER_BODY_BYTE = 12;

/** How many requests an environment keeps a minute that nobody can judge, and after how many bytes of them it logs no more. */
const MOST_UNJUDGED = 300;
const MOST_UNJUDGED_BYTES = 4 * 1024 * 1024;
const MINUTE = 60_000;

/** How many refusals an environment logs a minute one by one. */
const MOST_REFUSALS = 5;

const REFUSED = "a callback was refused";
const UNJUDGED = "a request could not be judged";
const PARKED = "the token could not be read";

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

  *"An environment logs at most five refusals a minute one by one"(facts) {
    yield* exceedsInMinute(facts, REFUSED, MOST_REFUSALS);
  },

  *"An environment logs at most 300 requests a minute that it cannot judge"(facts) {
    yield* exceedsInMinute(facts, UNJUDGED, MOST_UNJUDGED);
  },

  *"An environment logs no further request that it cannot judge after 4 MiB in a minute"(facts) {
    if (canClockFail(facts)) return;
    for (const environment of facts.history.environments) {
      const isOver = minutesOf(linesOf(environment, UNJUDGED)).some(
        (lines) => sum(lines.slice(0, -1).map(({ text }) => Buffer.byteLength(text))) >= MOST_UNJUDGED_BYTES,
      );
      yield isOver ? `environment ${environment.id} logged more` : undefined;
    }
  },

  *"An environment writes metrics about once a minute, if no call fails"(facts) {
    if (canClockFail(facts)) return;
    for (const { id, isMisconfigured, invocations } of facts.history.environments) {
      // It logs callbacks, and counts nothing.
      if (isMisconfigured) continue;
      const times = invocations
        .filter(
          ({ result, calls, relayed }) =>
            result?.statusCode === 200 && calls.every(isRoutine) && !relayed.some(isRejected),
        )
        .flatMap(({ startedAt, logBytes }) => (logBytes > 0 ? [startedAt] : []));
      yield exceeds(times, MOST_FLUSHES) ? `environment ${id} wrote more often` : undefined;
    }
  },

  *"An environment parks at most 300 requests a minute"(facts) {
    yield* exceedsInMinute(facts, PARKED, MOST_UNJUDGED);
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

/** A line of the log, and when the environment began with the request that it is about. */
interface DatedLine {
  readonly at: number;
  readonly text: string;
}

function* exceedsInMinute(facts: Facts, message: string, most: number): Generator<string | undefined> {
  if (canClockFail(facts)) return;
  for (const environment of facts.history.environments) {
    const isOver = minutesOf(linesOf(environment, message)).some(({ length }) => length > most);
    yield isOver ? `environment ${environment.id} exceeded ${most}` : undefined;
  }
}

/** The log lines with a message. The callback function counts a line to the minute in which it received the request. */
function linesOf({ functionName, invocations, lines }: EnvironmentRecord, message: string): DatedLine[] {
  const found = lines.filter(({ text }) => text.includes(`"message":"${message}"`));
  if (functionName === "republish") return found;
  let index = 0;
  return found.map(({ at, text }) => {
    while ((invocations[index]?.endedAt ?? Number.POSITIVE_INFINITY) < at) index += 1;
    return { at: invocations[index]?.startedAt ?? at, text };
  });
}

/** Groups lines as the functions do: a minute begins with the first line after the last minute. */
function minutesOf(lines: readonly DatedLine[]): DatedLine[][] {
  const minutes: DatedLine[][] = [];
  for (const line of lines) {
    const minute = minutes.at(-1);
    if (minute?.[0] && line.at - minute[0].at < MINUTE) minute.push(line);
    else minutes.push([line]);
  }
  return minutes;
}

/** Whether there are more than so many within a minute. The functions' minutes may begin at any time, so it has parts of two. */
function exceeds(times: readonly number[], most: number): boolean {
  return times.some((time, index) => time - (times[index - most] ?? Number.NEGATIVE_INFINITY) < MINUTE);
}

function isRoutine({ target, fault }: CallRecord): boolean {
  return target === "destination" && fault === undefined;
}

/** Whether the existing handler failed, or did not accept a callback, which is logged. */
function isRejected({ fault, answer }: RelayRecord): boolean {
  return fault !== undefined || (typeof answer?.content === "object" && !answer.content.text.includes('"OK"'));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
