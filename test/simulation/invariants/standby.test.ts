import { describe } from "vitest";
import type { CallRecord } from "../../../simulation/history.ts";
import type { FabricatedHistory } from "../../support/fabricated-history.ts";
import { type Case, testPromises } from "../../support/test-promises.ts";

const FAILED = { fault: "answers 500" };
const STANDBY_FAILED = { target: "standby", fault: "answers 500" } as const;
const SECRET_FAILED = { target: "secret", fault: "answers 500" } as const;
const HIDE = { target: "standby", operation: "ChangeMessageVisibility" } as const;
const UNJUDGED = { statusCode: 503, text: "the token could not be read" };

/** Lets the function log an event as lost, which arrives later. */
const logLost = (calls: readonly Partial<CallRecord>[]) => (history: FabricatedHistory) => {
  const environment = history.environment();
  const answer = { statusCode: 503, text: "the event could not be stored", duration: 3_500 };
  history.arrive(history.send({ ...answer, environment, calls }));
  history.log(environment, '{"message":"an event could not be stored"}');
};

/** Lets the republish function leave two messages on the queue. */
const leaveTwo = (duration: number, calls: readonly Partial<CallRecord>[], line?: string) => {
  return (history: FabricatedHistory) => {
    const environment = history.environment("republish");
    const result = { batchItemFailures: [{ itemIdentifier: "1" }, { itemIdentifier: "2" }] };
    history.invoke(environment, { duration, calls, invocation: { result: result as never } });
    if (line !== undefined) history.log(environment, line);
  };
};

const deadLetter = (code: string) => (history: FabricatedHistory) =>
  history.log(
    history.environment("republish"),
    `{"message":"a message can never be published and went to the dead letters","error":"${code}: no"}`,
  );

/** Parks a genuine request, whose token could not be read. */
const park = (history: FabricatedHistory, fate: Parameters<FabricatedHistory["send"]>[0] = {}) =>
  history.send({ ...UNJUDGED, calls: [SECRET_FAILED, { target: "standby" }], ...fate });

const CASES: readonly Case[] = [
  {
    promise: "The log has only what standby did not take",
    broken: { "standby was not tried": logLost([FAILED, SECRET_FAILED]) },
    kept: { "standby failed": logLost([FAILED, STANDBY_FAILED]) },
  },
  {
    promise: "An event that waited says so",
    broken: {
      "one arrives 35 s after the answer without being marked": (history) =>
        history.arrive(history.send(), 50 + 35_000),
    },
    kept: {
      "it is marked": (history) => history.arrive(history.send(), 50 + 35_000, { metadata: { republished: true } }),
      "a call that was given up is carried out 34.999 s later": (history) => {
        history.arrive(history.send(), 50 + 35_000, { metadata: { republished: true } });
        history.arrive(history.send(), 50 + 34_999);
      },
    },
  },
  {
    promise: "Only what can never be published becomes a dead letter at once",
    broken: {
      "a throttled message does": deadLetter("ThrottlingException"),
      "a message does that found no connection": deadLetter("NetworkError"),
      "a message does while access is denied": deadLetter("AccessDeniedException"),
    },
    kept: { "an invalid message does": deadLetter("InvalidParameterValue") },
  },
  {
    promise: "A genuine request that waited to be judged becomes an event",
    broken: { "it is left in a queue": (history) => history.leaveBehind(park(history)) },
    kept: { "it arrives": (history) => history.arrive(park(history)) },
  },
  {
    promise: "A message that stays on standby is hidden",
    broken: {
      "one of two is not": leaveTwo(82, [HIDE]),
      "SQS refuses, as it would be hidden for too long": leaveTwo(
        82,
        [HIDE, HIDE],
        "a message could not be hidden: InvalidParameterValue",
      ),
    },
    kept: { "both are": leaveTwo(82, [HIDE, HIDE]) },
  },
  {
    promise: "A message that stays on standby prolongs its invocation by 42 ms",
    broken: { "two prolong it by 81 ms": leaveTwo(81, [HIDE, HIDE]) },
    kept: { "two prolong it by 82 ms, as timers may be early": leaveTwo(82, [HIDE, HIDE]) },
  },
  {
    promise: "A failed read of the token counts for five seconds at most",
    broken: {
      "a request is not judged 5.001 s after one": (history) => {
        const environment = history.environment();
        history.invoke(environment, { at: 0, calls: [SECRET_FAILED] });
        history.arrive(park(history, { environment, at: 5_001, calls: [{ target: "standby" }] }), 5_100);
      },
    },
    kept: {
      "a request is not judged 5 s after one": (history) => {
        const environment = history.environment();
        history.invoke(environment, { at: 0, calls: [SECRET_FAILED] });
        history.arrive(park(history, { environment, at: 5_000, calls: [{ target: "standby" }] }), 5_100);
      },
    },
  },
  {
    promise: "The last known token stays in use while it cannot be read",
    broken: {
      "a request is not judged, although one with the same token was accepted": (history) => {
        const environment = history.environment();
        history.arrive(history.send({ environment }));
        history.arrive(park(history, { environment, at: 1_000 }), 1_100);
      },
    },
    kept: {
      "a new token was stored meanwhile": (history) => {
        const environment = history.environment();
        history.arrive(history.send({ environment }));
        history.storeToken("token-second", 500);
        history.arrive(park(history, { environment, at: 1_000, token: "token-second" }), 1_100);
      },
      "another environment accepted it": (history) => {
        history.arrive(history.send());
        history.arrive(park(history, { at: 1_000 }), 1_100);
      },
    },
  },
];

describe("Standby and the token", () => testPromises(CASES));
