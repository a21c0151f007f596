import { describe, expect, test } from "vitest";
import type { EnvironmentRecord, InvocationRecord } from "../../../simulation/history.ts";
import { FabricatedHistory } from "../../support/fabricated-history.ts";
import { type Case, testPromises } from "../../support/test-promises.ts";

const MINUTE = 60_000;
const KIB = 1_024;
const MIB = 1_024 * KIB;

/** The times of so many things, of which the last is some milliseconds after the first. */
const spread = (count: number, duration: number) =>
  Array.from({ length: count }, (_, index) => Math.floor((index * duration) / (count - 1)));

/** Lets a callback be answered OK, with something special about the invocation. */
const answer =
  (invocation: Partial<InvocationRecord>, calls = 1) =>
  (history: FabricatedHistory) =>
    history.arrive(history.send({ invocation, calls: Array(calls).fill({}) }));

/** Lets a forged request write so many bytes to the log. */
const refuse = (logBytes: number) => (history: FabricatedHistory) => {
  answer({})(history);
  history.send({ forged: true, invocation: { logBytes } });
};

/** Lets a callback of 1 KiB write so many bytes to the log. */
const answerLarge = (logBytes: number) => (history: FabricatedHistory) => {
  const sent = history.send({ invocation: { logBytes } });
  history.arrive(sent);
  const padding = "x".repeat(KIB - Buffer.byteLength(sent.body) - '"Padding":"",'.length);
  const body = sent.body.replace("{", `{"Padding":"${padding}",`);
  history.history.callbacks.set(sent.key, { ...sent, body });
  history.history.arrivals.pop();
  history.arrive({ ...sent, body });
};

/** The republish function logs the same line at some times. */
const logAt =
  (message: string, times: readonly number[], bytes = 0) =>
  (history: FabricatedHistory) => {
    const environment = history.environment("republish");
    const text = `"message":"${message}"`.padEnd(bytes, "x");
    for (const at of times) history.log(environment, text, at);
  };

/** The callback function logs the same line, half a second after it received each of some requests that standby did not take. */
const logLate = (message: string, times: readonly number[]) => (history: FabricatedHistory) => {
  const environment = history.environment();
  for (const at of times) {
    history.invoke(environment, { at, duration: 500, calls: [{ target: "standby", fault: "answers 500" }] });
    history.log(environment, `"message":"${message}"`, at + 500);
  }
};

/** Lets an environment answer callbacks at some times, and log something each time. */
const flushAt = (times: readonly number[]) => (history: FabricatedHistory) => {
  const environment = history.environment();
  for (const at of times) history.arrive(history.send({ environment, at, invocation: { logBytes: 1 } }), at + 20);
};

/** Lets an environment read the secret at some times. */
const readAt = (times: readonly number[], fault?: string) => (history: FabricatedHistory) => {
  const environment = history.environment();
  const call = { target: "secret", operation: "GetSecretValue", fault } as const;
  for (const at of times) history.invoke(environment, { at, calls: [call, call] });
};

const endAs = (outcome: NonNullable<InvocationRecord["outcome"]>) => (history: FabricatedHistory) => {
  history.invoke(history.environment(), { invocation: { outcome } });
};

const REFUSED = "a callback was refused";
const UNJUDGED = "a request could not be judged";
const PARKED = "the token could not be read";
const CLOCKS = [{ name: "sets the clock of environments", share: 1, from: 0, duration: 1 }] as const;

const CASES: readonly Case[] = [
  {
    promise: "A callback makes a bounded number of calls",
    broken: { "it makes 61": answer({}, 61) },
    kept: { "it makes 60": answer({}, 60) },
  },
  {
    promise: "A callback writes a bounded number of bytes to the log",
    broken: {
      "one of 1 KiB writes more than 24 KiB": answerLarge(24 * KIB + 1),
      "a forged one writes more than 12 KiB, whatever its size": refuse(12 * KIB + 1),
    },
    kept: { "one of 1 KiB writes 24 KiB": answerLarge(24 * KIB), "a forged one writes 12 KiB": refuse(12 * KIB) },
  },
  {
    promise: "An environment logs at most five refusals a minute one by one",
    broken: { "it logs six within a minute": logAt(REFUSED, spread(6, MINUTE - 1)) },
    kept: {
      "it logs five": logAt(REFUSED, spread(5, MINUTE - 1)),
      "it logs six in a minute and a millisecond": logAt(REFUSED, spread(6, MINUTE)),
      "it logs four, then five in the next minute": logAt(REFUSED, [
        ...[0, 59_000, 59_500, 59_999],
        ...spread(5, MINUTE - 1).map((time) => MINUTE + time),
      ]),
    },
  },
  {
    promise: "An environment logs at most 300 requests a minute that it cannot judge",
    broken: { "it logs 301 within a minute": logAt(UNJUDGED, spread(301, MINUTE - 1)) },
    kept: {
      "it logs 300": logAt(UNJUDGED, spread(300, MINUTE - 1)),
      "it logs the last of 301 later, but received it within the next minute": logLate(UNJUDGED, [
        ...spread(300, MINUTE - 1),
        MINUTE,
      ]),
    },
  },
  {
    promise: "An environment logs no further request that it cannot judge after 4 MiB in a minute",
    broken: { "it logs one after 4 MiB": logAt(UNJUDGED, [0, 1, 2], 2 * MIB) },
    kept: {
      "it reaches 4 MiB with the last one": logAt(UNJUDGED, [0, 1], 2 * MIB),
      "it logs one in the next minute": logAt(UNJUDGED, [0, 1, MINUTE], 2 * MIB),
    },
  },
  {
    promise: "An environment writes metrics about once a minute, if no call fails",
    broken: { "it writes with eleven callbacks of a minute": flushAt(spread(11, MINUTE - 1)) },
    kept: {
      "it writes with ten": flushAt(spread(10, MINUTE - 1)),
      "it writes with eleven in a minute and a millisecond": flushAt(spread(11, MINUTE)),
    },
  },
  {
    promise: "An environment parks at most 300 requests a minute",
    broken: { "it parks 301 within a minute": logLate(PARKED, spread(301, MINUTE - 1)) },
    kept: { "it parks 300": logLate(PARKED, spread(300, MINUTE - 1)) },
  },
  {
    promise: "An environment reads the secret at most twice in five seconds, if the reads succeed",
    broken: { "it reads three times within 4.999 s": readAt([0, 1_000, 4_999]) },
    kept: {
      "it reads a third time after 5 s": readAt([0, 1_000, 5_000]),
      "its reads fail": readAt([0, 1_000, 4_999], "answers 500"),
    },
  },
  {
    promise: "Nothing is left running when a function returns",
    broken: { "a timer is": (history) => history.invoke(history.environment(), { invocation: { leftPending: 1 } }) },
    kept: {
      "nothing is": (history) => history.invoke(history.environment()),
      "a function ends with something running": (history) => {
        const environment: EnvironmentRecord = history.environment();
        history.invoke(environment);
        history.invoke(environment, { invocation: { leftPending: 1, outcome: "ended" } });
      },
    },
  },
  {
    promise: "No function fails or times out",
    broken: {
      "one fails": endAs("failed"),
      "one times out": endAs("timed out"),
      "one logs an internal error": (history) => history.log(history.environment(), '{"message":"internal error"}'),
    },
    kept: { "its environment ends": endAs("ended") },
  },
];

describe("Bounds", () => testPromises(CASES));

test.each([
  ["refusals", logAt(REFUSED, spread(6, MINUTE - 1))],
  ["parked requests", logLate(PARKED, spread(301, MINUTE - 1))],
  ["bytes of requests that cannot be judged", logAt(UNJUDGED, [0, 1, 2], 2 * MIB)],
  ["reads of the secret", readAt([0, 1_000, 4_999])],
])("A minute has no bound while clocks may be wrong: %s", (_what, fabricate) => {
  const history = new FabricatedHistory({ lambdaFaults: CLOCKS });
  fabricate(history);
  expect(history.broken()).toEqual([]);
});
