import { describe, expect, test } from "vitest";
import { FORWARD, RELAYED_COMMANDS } from "../../../simulation/app.ts";
import { HANDLER_URL } from "../../../simulation/existing-handler.ts";
import type { EnvironmentRecord, RelayRecord, SentCallback } from "../../../simulation/history.ts";
import type { ServiceAnswer, ServiceRequest } from "../../../simulation/lambda/http.ts";
import { STARTS_AT } from "../../../simulation/world.ts";
import { FabricatedHistory } from "../../support/fabricated-history.ts";
import { type Case, testPromises } from "../../support/test-promises.ts";

const RELAYING = { RELAY_URL: HANDLER_URL.href };
const ACCEPTED = { statusCode: 200, text: '{"ActionStatus": "OK"}' };
const REJECTED = { statusCode: 200, text: '{"ActionStatus": "FAIL"}' };
const UNREADABLE = { statusCode: 200, text: "OK" };
const TOO_LARGE = { statusCode: 200, text: JSON.stringify("x".repeat(64 * 1024 - 1)) };
const MINUTE = 60_000;
const LINE = '"message":"the existing handler did not accept a callback"';
const NOT_CONFIGURED = { statusCode: 503, text: "the endpoint is not configured" };
const OWN_OK = { statusCode: 200, text: '{"ActionStatus":"OK"}' };
const FAILED = { statusCode: 502, text: "the existing handler gave no valid reply" };

/** How a relayed callback differs from one that the handler accepts, and that gets the handler's reply. */
interface Relaying {
  readonly callback?: Partial<SentCallback>;
  readonly forged?: boolean;
  readonly environment?: EnvironmentRecord;
  /** When the function begins with it, in milliseconds. */
  readonly at?: number;
  readonly variables?: Readonly<Record<string, string>>;
  /** What reaches the handler. */
  readonly request?: Partial<ServiceRequest>;
  /** What the handler answers, one request after the other. */
  readonly answers?: readonly ServiceAnswer[];
  /** When the last answer sets out, in milliseconds after that. */
  readonly answeredAt?: number;
  readonly duration?: number;
  readonly fault?: string;
  readonly reply?: { readonly statusCode: number; readonly text: string };
  readonly isLogged?: boolean;
}

const BEFORE = { isUserWaiting: true, isEvent: false, command: "Group.CallbackBeforeSendMsg" } as const;
const NO_EVENT = { isEvent: false, command: "Group.CallbackAfterNewMemberJoin" } as const;

/** Relays a before-callback. */
const relay =
  ({ callback = BEFORE, variables = RELAYING, answers = [ACCEPTED], ...fate }: Relaying = {}) =>
  (history: FabricatedHistory): SentCallback => {
    const last = answers.at(-1);
    const { reply = typeof last === "object" ? last : FAILED } = fate;
    const { environment = history.environment("callback", variables), forged = false } = fate;
    const { at = 0, answeredAt = 30, duration = answeredAt + 20 } = fate;
    const relayed: RelayRecord[] = [];
    const usual = { ...reply, at, duration, environment, forged };
    const sent = history.send({ ...usual, callback, invocation: { relayed } });
    const [attempt] = sent.attempts;
    const request: ServiceRequest = {
      ...{ host: HANDLER_URL.host, method: "POST", path: `${HANDLER_URL.pathname}?${attempt?.query}`, isReused: false },
      ...{ headers: { "content-type": "application/json" }, body: sent.body },
      ...fate.request,
    };
    for (const content of answers) {
      const answer = { at: STARTS_AT + at + answeredAt, content };
      relayed.push({ at: STARTS_AT, target: "handler", operation: "POST", fault: fate.fault, request, answer });
    }
    if (fate.isLogged) history.log(environment, LINE, at + duration);
    return sent;
  };

/** An after-callback that becomes no event. */
const relayAfter = (fate: Relaying = {}) => relay({ callback: NO_EVENT, ...fate });
const refuse = { statusCode: 400, text: "the body is not JSON" };
const closed = { isReused: true };

const REACHES = "A relayed callback reaches the existing handler as it was sent, unless there is no connection";
const BEFORE_REPLY = "A relayed before-callback gets the existing handler's reply, or a failure";
const AFTER_REPLY = "A relayed after-callback that becomes no event gets the existing handler's reply, or a failure";
const FORWARDING = { ...RELAYING, FORWARD };

/** Relays a callback that the handler does not accept, and another one later that it does, and logs counts. */
const relayTwice = (pause: number, counts: Readonly<Record<string, number>>) => (history: FabricatedHistory) => {
  const environment = history.environment("callback", RELAYING);
  relayAfter({ environment, answers: [REJECTED], isLogged: true })(history);
  relay({ environment, at: 50 + pause })(history);
  history.log(environment, JSON.stringify({ message: "metrics", ...counts }));
};
const STUCK = { answeredAt: 3_000, fault: "never answers", reply: FAILED, isLogged: true };
const UNHURRIED = { ...STUCK, variables: FORWARDING };

const CASES: readonly Case[] = [
  {
    promise: REACHES,
    broken: {
      "its query is another": relay({ request: { path: HANDLER_URL.pathname } }),
      "its body is another": relay({ request: { body: "{}" } }),
      "its method is another": relay({ request: { method: "PUT" } }),
      "its content type is another": relay({ request: { headers: { "content-type": "text/plain" } } }),
      "it has a further header": relay({
        request: { headers: { "content-type": "application/json", "x-forwarded-for": "198.51.100.1" } },
      }),
      "it does not reach the handler": relay({ answers: [], isLogged: true }),
      "it is refused, although nothing is wrong with it": relay({ answers: [], reply: refuse }),
      "one that nobody can judge is another": relay({
        ...{ forged: true, callback: {}, request: { body: "{}" } },
        reply: NOT_CONFIGURED,
      }),
    },
    kept: {
      "it reaches the handler": relay(),
      "there is no connection": (history) => {
        relay()(history);
        const { attempts } = relay({ answers: [], isLogged: true })(history);
        const record: RelayRecord = {
          ...{ at: STARTS_AT, target: "handler", operation: "", fault: "never connects", request: undefined },
        };
        attempts[0]?.invocation?.relayed.push(record);
      },
      "it is refused for its signature, or its content": (history) => {
        relay()(history);
        relay({ answers: [], reply: { ...refuse, statusCode: 401 } })(history);
        relay({ callback: { ...BEFORE, variant: "read report in a new format" }, answers: [], reply: refuse })(history);
      },
    },
  },
  {
    promise: "A callback is relayed once, or twice if a connection that was kept open is closed",
    broken: {
      "it is relayed again after an answer": relay({ answers: [ACCEPTED, ACCEPTED], request: closed }),
      "it is relayed again after the reset of a new connection": relay({ answers: ["reset", ACCEPTED] }),
      "it is relayed three times": relay({ answers: ["reset", "reset", ACCEPTED], request: closed }),
    },
    kept: {
      "it is relayed once": relay(),
      "it is relayed again after the reset of a connection that was kept open": relay({
        ...{ answers: ["reset", ACCEPTED], request: closed },
      }),
    },
  },
  {
    promise:
      "Nothing else reaches the existing handler: no refused request, no Verify, no command that is not on the list",
    broken: {
      "a refused request does": relay({ reply: refuse }),
      "a Verify does": relay({ callback: { ...NO_EVENT, variant: "Verify" } }),
      "another command does": relay({
        ...{ callback: { ...NO_EVENT, command: "C2C.CallbackAfterMsgWithDraw" } },
        variables: { ...RELAYING, RELAY_COMMANDS: RELAYED_COMMANDS },
      }),
    },
    kept: {
      "nothing does": relay({ answers: [], variables: {}, reply: OWN_OK }),
      "a command of the list does, and the handler refuses it": (history) => {
        history.send({ forged: true });
        const variables = { ...RELAYING, RELAY_COMMANDS: RELAYED_COMMANDS };
        relay({ answers: [{ ...REJECTED, statusCode: 401 }], variables, isLogged: true })(history);
      },
    },
  },
  {
    promise: BEFORE_REPLY,
    broken: {
      "it gets another body": relay({ reply: OWN_OK }),
      "it gets another status": relay({
        ...{ answers: [{ ...REJECTED, statusCode: 500 }], reply: REJECTED, isLogged: true },
      }),
      "it gets a failure, although the handler replied in time": relay({ answeredAt: 1_587, reply: FAILED }),
      "it gets OK from the function, as the handler replied too late": relay({
        ...{ answeredAt: 1_601, duration: 1_600, fault: "is slow", reply: OWN_OK, isLogged: true },
      }),
      "it gets a reply that is not JSON": relay({ answers: [UNREADABLE], isLogged: true }),
      "it gets a reply that is too large": relay({ answers: [TOO_LARGE], isLogged: true }),
      "it gets OK while nobody can read the handler's URL": relay({
        ...{ answers: [], variables: { RELAY_URL: "no URL" }, reply: OWN_OK },
      }),
    },
    kept: {
      "it gets the handler's verdict": relay({ answers: [REJECTED] }),
      "it gets a failure, as the handler replied in the last moment": relay({ answeredAt: 1_588, reply: FAILED }),
      "it gets a failure, as the handler's reply is not JSON": relay({
        ...{ answers: [UNREADABLE], reply: FAILED, isLogged: true },
      }),
      "it gets a failure while nobody can read the handler's URL": relay({
        ...{ answers: [], variables: { RELAY_URL: "no URL" }, reply: NOT_CONFIGURED },
      }),
    },
  },
  {
    promise: "A relayed callback that the existing handler does not accept is logged, and no other",
    broken: {
      "its status is not 200": relay({ answers: [{ ...ACCEPTED, statusCode: 503 }] }),
      "an after-callback got FAIL": relayAfter({ answers: [REJECTED] }),
      "the connection was reset": relay({ answers: ["reset"] }),
      "the reply came too late": relay({ answeredAt: 1_601, duration: 1_600, fault: "is slow", reply: FAILED }),
      "it is logged, although it was accepted": relay({ isLogged: true }),
      "it is logged, although FAIL is the verdict that was asked for": relay({ answers: [REJECTED], isLogged: true }),
    },
    kept: {
      "it is logged": relayAfter({ answers: [REJECTED], isLogged: true }),
      "it was accepted": relay(),
      "FAIL is the verdict that was asked for": relay({ answers: [REJECTED] }),
    },
  },
  {
    promise:
      "An existing handler that fails delays a reply until 1.6 s at most, or 2.1 s where only its own counts and no user waits",
    broken: {
      "a before-callback gets it after 1.601 s": relay({ ...STUCK, duration: 1_601 }),
      "an after-callback that becomes no event gets it after 2.101 s": relayAfter({ ...UNHURRIED, duration: 2_101 }),
    },
    kept: {
      "a before-callback gets it after 1.6 s": relay({ ...STUCK, duration: 1_600 }),
      "an after-callback that becomes no event gets it after 2.1 s": relayAfter({ ...UNHURRIED, duration: 2_100 }),
    },
  },
  {
    promise: "A time-out of the existing handler stays one, unless an event was stored or a user waits",
    broken: { "the failure comes after 1.999 s": relayAfter({ ...UNHURRIED, duration: 1_999 }) },
    kept: { "the failure comes after 2 s": relayAfter({ ...UNHURRIED, duration: 2_000 }) },
  },
  {
    promise: "Metrics count what happened, but for the last minute of an environment",
    broken: {
      "a relayed callback is not counted more than a minute before the last one": relayTwice(MINUTE + 1, {}),
      "a relayed callback is counted twice": relayTwice(MINUTE, { Relayed: 3, RelayFailed: 1 }),
      "one that the handler did not accept is not counted": relayTwice(MINUTE + 1, { Relayed: 2 }),
      "one that it accepted is counted as failed": relayTwice(MINUTE, { Relayed: 2, RelayFailed: 2 }),
    },
    kept: {
      "all but the last minute is counted": relayTwice(MINUTE + 1, { Relayed: 1, RelayFailed: 1 }),
      "all is counted": relayTwice(MINUTE, { Relayed: 2, RelayFailed: 1 }),
    },
  },
  {
    promise: AFTER_REPLY,
    broken: {
      "it gets OK from the function": relayAfter({ variables: FORWARDING, reply: OWN_OK }),
      "it gets a failure, although the handler replied": relayAfter({ variables: FORWARDING, reply: FAILED }),
    },
    kept: {
      "it gets the handler's reply": relayAfter({ variables: FORWARDING }),
      "it gets the handler's reply after 2 s": relayAfter({
        variables: FORWARDING,
        answeredAt: 2_000,
        fault: "is slow",
      }),
      "it gets a failure, as the handler's connection was reset": relayAfter({
        ...{ variables: FORWARDING, answers: ["reset"], isLogged: true },
      }),
      "any callback may become an event, as the list is invalid": (history) => {
        relayAfter({ variables: FORWARDING })(history);
        relayAfter({ variables: { ...RELAYING, FORWARD: "C2C.**" }, reply: FAILED })(history);
      },
    },
  },
];

describe("The existing handler", () => testPromises(CASES));

test("Nobody knows which callbacks count as relayed while the secret may be unreadable", () => {
  const fault = { target: "secret", name: "answers 500", share: 1, from: 0, duration: 1 } as const;
  const history = new FabricatedHistory({ serviceFaults: [fault] });
  relayTwice(MINUTE + 1, {})(history);
  relay({ answers: ["reset"] })(history);
  expect(history.broken()).toEqual([]);
});

test("A handler's reply to somebody else's request is not the function's", () => {
  const history = new FabricatedHistory();
  for (const statusCode of [200, 503])
    relay({ forged: true, callback: {}, answers: [{ ...ACCEPTED, statusCode }] })(history);
  expect(history.broken()).toEqual([]);
});
