import { describe } from "vitest";
import { TOKEN_OVERLAP_HOURS } from "../../../simulation/app.ts";
import type { FabricatedHistory } from "../../support/fabricated-history.ts";
import { eventLine } from "../../support/replay.ts";
import { type Case, testPromises } from "../../support/test-promises.ts";

const MINUTE = 60_000;
const OVERLAP = TOKEN_OVERLAP_HOURS * 60 * MINUTE;

/** A callback that is answered 503 and is nowhere. */
const lose = (history: FabricatedHistory, environment = history.environment()) =>
  history.send({ statusCode: 503, text: "the endpoint is not configured", environment });
/** A callback that is refused for its signature, sent after an hour and a half, and is nowhere. */
const refuse = (history: FabricatedHistory, token: string) =>
  history.send({ statusCode: 401, text: "Sign does not match", token, at: 90 * MINUTE });
const wasted = "answers 500";

const CASES: readonly Case[] = [
  {
    promise: "Every OK reaches the destination, within its time",
    broken: {
      "an event never arrives": (history) => history.send(),
      "an event arrives 25 minutes and a millisecond after the reply": (history) =>
        history.arrive(history.send(), 50 + 25 * MINUTE + 1, { metadata: { republished: true } }),
    },
    kept: {
      "it arrives 25 minutes after the reply": (history) =>
        history.arrive(history.send(), 50 + 25 * MINUTE, { metadata: { republished: true } }),
    },
  },
  {
    promise: "Every OK reaches the destination, within its time",
    plan: { operator: [{ kind: "moves dead letters back", at: MINUTE, pause: 0 }] },
    broken: {
      "it arrives 25 minutes and a millisecond after dead letters were moved back": (history) =>
        history.arrive(history.send(), 26 * MINUTE + 1, { metadata: { republished: true } }),
    },
    kept: {
      "it arrives 25 minutes after dead letters were moved back": (history) =>
        history.arrive(history.send(), 26 * MINUTE, { metadata: { republished: true } }),
    },
  },
  {
    promise: "Every OK reaches the destination, within its time",
    plan: { lambdaFaults: [{ name: "has no concurrency left", from: 0, duration: MINUTE, share: 1 }] },
    broken: {
      "it arrives 25 minutes and a millisecond after the last fault": (history) =>
        history.arrive(history.send(), 26 * MINUTE + 1, { metadata: { republished: true } }),
    },
    kept: {
      "it arrives 25 minutes after the last fault": (history) =>
        history.arrive(history.send(), 26 * MINUTE, { metadata: { republished: true } }),
    },
  },
  {
    promise: "Every genuine callback that is not answered OK is kept whole",
    broken: {
      "a callback is nowhere": (history) => lose(history),
      "it is one of 300 requests in a minute": (history) => {
        const environment = history.environment();
        for (let count = 1; count < 300; count += 1) history.invoke(environment);
        lose(history, environment);
      },
      "it is signed with the current token": (history) => refuse(history, "token-first"),
      "it is signed with the previous token, which is still accepted": (history) => {
        history.storeToken("token-second", 90 * MINUTE - OVERLAP);
        refuse(history, "token-first");
      },
      "it is refused for another reason, whatever its signature": (history) =>
        history.send({ statusCode: 401, text: "RequestTime is more than 60 seconds from now", token: "unknown" }),
    },
    kept: {
      "it arrives": (history) => history.arrive(lose(history)),
      "it waits in a queue": (history) => history.leaveBehind(lose(history)),
      "it is in the log": (history) => {
        const environment = history.environment();
        history.log(environment, eventLine(history.eventOf(lose(history))).trimEnd(), 5 * MINUTE);
      },
      "it is one of 301 requests in a minute": (history) => {
        const environment = history.environment();
        history.arrive(history.send({ environment }));
        for (let count = 1; count <= 300; count += 1) history.invoke(environment);
        lose(history, environment);
        history.arrive(lose(history));
      },
      "its token was replaced twice": (history) => {
        history.arrive(lose(history));
        for (const token of ["token-second", "token-third"]) history.storeToken(token, MINUTE);
        refuse(history, "token-first");
      },
      "its token was replaced longer ago than the overlap": (history) => {
        history.arrive(lose(history));
        history.storeToken("token-second", 90 * MINUTE - OVERLAP - 1);
        refuse(history, "token-first");
      },
    },
  },
  {
    promise: "No OK without AWS's confirmation that the event is stored",
    broken: {
      "the only call fails": (history) => history.arrive(history.send({ calls: [{ fault: wasted }] })),
      "only a connection is opened": (history) => history.arrive(history.send({ calls: [{ operation: "" }] })),
    },
    kept: {
      "a call is slow": (history) => history.arrive(history.send({ calls: [{ fault: "is slow" }] })),
      "the second call succeeds": (history) => history.arrive(history.send({ calls: [{ fault: wasted }, {}] })),
    },
  },
  {
    promise: "An event goes straight to the destination if at most one call fails, and not for good",
    broken: {
      "it goes to standby after one failure": (history) =>
        history.arrive(history.send({ calls: [{ fault: wasted }, { target: "standby" }] })),
    },
    kept: {
      "it goes to standby after two failures": (history) => {
        history.arrive(history.send());
        history.arrive(history.send({ calls: [{ fault: wasted }, { fault: wasted }, { target: "standby" }] }));
      },
      "it goes to standby as the destination denies access": (history) => {
        history.arrive(history.send());
        history.arrive(history.send({ calls: [{ fault: "answers 403, access denied" }, { target: "standby" }] }));
      },
    },
  },
  {
    promise: "Only callbacks that are forwarded become events",
    broken: {
      "another one arrives": (history) => history.arrive(history.send({ callback: { isEvent: false } })),
    },
    kept: { "a forwarded one arrives": (history) => history.arrive(history.send()) },
  },
  {
    promise: "Every event that arrives is whole",
    broken: {
      "a field differs": (history) => {
        const sent = history.send();
        history.arrive({ ...sent, body: sent.body.replace("bob", "bobby") });
      },
      "consumers cannot parse it": (history) => {
        history.arrive(history.send());
        history.history.arrivals.push({
          ...{ at: 0, body: "{" },
          group: undefined,
          isDuplicate: false,
          isMovedBack: false,
        });
      },
      "nobody sent it": (history) => {
        history.arrive(history.send());
        const unknown = { ...history.send({ callback: { isEvent: false } }), body: '{"EventTime":1}' };
        history.arrive(unknown, 20, { metadata: { republished: true } });
      },
    },
    kept: { "it is as it was sent": (history) => history.arrive(history.send()) },
  },
  {
    promise: "A FIFO queue has each event once within five minutes",
    broken: {
      "an event is there twice, almost five minutes apart": (history) => {
        const sent = history.send();
        history.arrive(sent, 20);
        history.arrive(sent, 20 + 5 * MINUTE - 1);
      },
    },
    kept: {
      "it is there twice, five minutes apart": (history) => {
        const sent = history.send();
        history.arrive(sent, 20);
        history.arrive(sent, 20 + 5 * MINUTE);
      },
      "the queue drops the repeat": (history) => {
        const sent = history.send();
        history.arrive(sent, 20);
        history.arrive(sent, 30, { isDuplicate: true });
      },
      "a dead letter is moved back": (history) => {
        const sent = history.send();
        history.arrive(sent, 20);
        history.arrive(sent, 30, { isMovedBack: true });
      },
    },
  },
  {
    promise: "The events of a group belong to one unit of order",
    broken: {
      "two conversations share a group": (history) => {
        for (const unit of ["read alice bob", "read carol bob"])
          history.arrive(history.send({ callback: { unit } }), 20, { group: "a" });
      },
    },
    kept: {
      "each has its own": (history) => {
        for (const unit of ["read alice bob", "read carol bob"])
          history.arrive(history.send({ callback: { unit } }), 20, { group: unit });
      },
    },
  },
  {
    promise: "A FIFO queue keeps the order within a group, except across standby",
    broken: {
      "an event overtakes one that was stored before it was sent": (history) => {
        const [earlier, later] = [history.send({ at: 0 }), history.send({ at: 50 })];
        history.arrive(earlier, 20);
        history.arrive(later, 70);
        history.receive(later);
        history.receive(earlier);
      },
    },
    kept: {
      "an event overtakes one that is still under way": (history) => {
        const events = [0, 50, 99].map((at) => history.send({ at }));
        for (const [index, event] of events.entries()) history.arrive(event, 20 + 50 * index);
        const [first, second, third] = events as [never, never, never];
        for (const event of [first, third, second]) history.receive(event);
      },
      "an event overtakes one that was on standby": (history) => {
        const events = [0, 50, 100].map((at) => history.send({ at, calls: [{}] }));
        const [first, second, third] = events as [never, never, never];
        history.arrive(first, 20);
        history.arrive(third, 120);
        history.arrive(second, 300);
        for (const event of [first, third, second]) history.receive(event);
      },
    },
  },
];

describe("Delivery", () => testPromises(CASES));
