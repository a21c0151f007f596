import { describe } from "vitest";
import type { CallRecord } from "../../../simulation/history.ts";
import type { FabricatedHistory } from "../../support/fabricated-history.ts";
import { type Case, testPromises } from "../../support/test-promises.ts";

const FAILED = { fault: "answers 500" };
const STANDBY_FAILED = { target: "standby", fault: "answers 500" } as const;
const STANDBY = { target: "standby" } as const;

/** Lets a callback be answered OK after some milliseconds and calls. */
const answerOk = (duration: number, calls: readonly Partial<CallRecord>[], isUserWaiting = false) => {
  return (history: FabricatedHistory) => history.arrive(history.send({ duration, calls, callback: { isUserWaiting } }));
};

/** Lets a callback be answered that could not be stored, and arrives later. */
const answerNotStored = (duration: number, calls: readonly Partial<CallRecord>[], isUserWaiting = false) => {
  const answer = { statusCode: 503, text: "the event could not be stored" };
  return (history: FabricatedHistory) =>
    history.arrive(history.send({ ...answer, duration, calls, callback: { isUserWaiting } }));
};

const CASES: readonly Case[] = [
  {
    promise: "Every reply comes within 4 s",
    broken: { "one takes 4.001 s": answerOk(4_001, [FAILED, STANDBY_FAILED, STANDBY]) },
    kept: { "one takes 4 s": answerOk(4_000, [FAILED, STANDBY_FAILED, STANDBY]) },
  },
  {
    promise: "An OK comes within 0.7 s if no call fails, or one is stuck",
    broken: {
      "it takes 0.701 s without a failure": answerOk(701, [{}]),
      "it takes 0.701 s with one": answerOk(701, [FAILED, {}]),
    },
    kept: {
      "it takes 0.7 s": answerOk(700, [FAILED, {}]),
      "it takes longer with two failures": (history) => {
        answerOk(700, [{}])(history);
        answerOk(701, [FAILED, FAILED, {}])(history);
      },
    },
  },
  {
    promise: "A callback is answered OK within 1.9 s if only the destination fails",
    broken: {
      "it takes 1.901 s": answerOk(1_901, [FAILED, FAILED, STANDBY]),
      "it is not stored": answerNotStored(3_500, [FAILED, FAILED]),
    },
    kept: {
      "it takes 1.9 s": answerOk(1_900, [FAILED, FAILED, STANDBY]),
      "it takes longer, as standby also fails": (history) => {
        answerOk(1_900, [FAILED, FAILED, STANDBY])(history);
        answerOk(1_901, [FAILED, STANDBY_FAILED, STANDBY])(history);
      },
    },
  },
  {
    promise: "A callback that could not be stored is tried until 3.5 s, so its error comes after Tencent's two seconds",
    broken: { "it is answered after 3.499 s": answerNotStored(3_499, [FAILED, STANDBY_FAILED]) },
    kept: { "it is answered after 3.5 s": answerNotStored(3_500, [FAILED, STANDBY_FAILED]) },
  },
  {
    promise: "A user's message is never blocked because it could not be stored",
    broken: {
      "a before-callback gets a 503": (history) =>
        history.arrive(
          history.send({ statusCode: 503, text: "the endpoint is not configured", callback: { isUserWaiting: true } }),
        ),
    },
    kept: { "it gets OK": answerOk(50, [FAILED, STANDBY_FAILED], true) },
  },
  {
    promise: "A user waits no longer than 1.9 s",
    broken: { "a before-callback takes 1.901 s": answerOk(1_901, [FAILED, STANDBY_FAILED], true) },
    kept: { "it takes 1.9 s": answerOk(1_900, [FAILED, STANDBY_FAILED], true) },
  },
];

describe("Time", () => testPromises(CASES));
