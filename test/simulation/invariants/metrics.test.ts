import { describe } from "vitest";
import type { FabricatedHistory } from "../../support/fabricated-history.ts";
import { type Case, testPromises } from "../../support/test-promises.ts";

const MINUTE = 60_000;

/** An environment that accepts a callback, and another one later, and logs how many it has accepted. */
const accept = (pause: number, logged: readonly number[]) => (history: FabricatedHistory) => {
  const environment = history.environment();
  history.arrive(history.send({ environment }));
  history.arrive(history.send({ environment, at: 50 + pause }), 50 + pause + 20);
  for (const Accepted of logged) history.log(environment, `{"message":"metrics","Accepted":${Accepted}}`);
};

/** An environment that refuses a request, and logs how many it has refused. */
const refuse = (logged: number) => (history: FabricatedHistory) => {
  const environment = history.environment();
  history.send({ forged: true, environment });
  history.log(environment, `{"message":"metrics","Refused":${logged}}`);
};

const CASES: readonly Case[] = [
  {
    promise: "Metrics count what happened, but for the last minute of an environment",
    broken: {
      "a callback is not counted more than a minute before the last one": accept(MINUTE + 1, []),
      "a callback is counted twice": accept(MINUTE + 1, [1, 2]),
      "a refusal is counted twice": refuse(2),
    },
    kept: {
      "the last minute is not counted": accept(MINUTE, []),
      "all but the last minute is counted": accept(MINUTE + 1, [1]),
      "all is counted": accept(MINUTE + 1, [1, 1]),
      "a refusal is counted": refuse(1),
      "an invocation ended that may have been counted": (history) => {
        const environment = history.environment();
        history.send({ forged: true, environment });
        history.invoke(environment, { at: 100, invocation: { outcome: "ended" } });
        history.log(environment, '{"message":"metrics","Refused":2}');
      },
    },
  },
];

describe("Metrics", () => testPromises(CASES));
