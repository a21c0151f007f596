import { describe } from "vitest";
import { sign } from "../../../tencent/signature.ts";
import type { FabricatedHistory } from "../../support/fabricated-history.ts";
import { eventLine } from "../../support/replay.ts";
import { type Case, testPromises } from "../../support/test-promises.ts";

/** Logs a forged request's event, which the operator may put back. */
function keep(history: FabricatedHistory, sent: ReturnType<FabricatedHistory["send"]>): void {
  history.log(history.environment(), eventLine(history.eventOf(sent)).trimEnd());
}

const OUTPUT = "No output contains a token, a signature, a query string or AWS's credentials";

/** The signature of a callback's first attempt. */
function signatureOf({ attempts }: ReturnType<FabricatedHistory["send"]>): string {
  return new URLSearchParams(attempts[0]?.query).get("Sign") ?? "";
}

const CASES: readonly Case[] = [
  {
    promise: "Nobody else's requests become events, unless the operator takes unverified ones from the log",
    broken: {
      "a forged one arrives as authenticated, although it is in the log": (history) => {
        const forged = history.send({ forged: true });
        keep(history, forged);
        history.arrive(forged, 20, { metadata: { authentication: "token" } });
      },
      "a forged one arrives that is not in the log": (history) =>
        history.arrive(history.send({ forged: true }), 20, { metadata: { authentication: "none" } }),
    },
    kept: {
      "the operator takes it from the log, as unverified": (history) => {
        const forged = history.send({ forged: true });
        keep(history, forged);
        history.arrive(forged, 20, { metadata: { authentication: "none" } });
      },
    },
  },
  {
    promise: "A request without a well-formed signature is not kept",
    broken: {
      "it is in the log": (history) => keep(history, history.send({ forged: true, callback: { variant: "unsigned" } })),
      "it waits in a queue": (history) =>
        history.leaveBehind(history.send({ forged: true, callback: { variant: "malformed signature" } })),
    },
    kept: {
      "only one that is wrongly signed is in the log": (history) => {
        history.send({ forged: true, callback: { variant: "unsigned" } });
        keep(history, history.send({ forged: true }));
      },
    },
  },
  {
    promise: "Nobody else's requests are answered OK",
    broken: { "a forged one is": (history) => history.send({ forged: true, statusCode: 200 }) },
    kept: { "it is refused": (history) => history.send({ forged: true }) },
  },
  {
    promise: "A request that is refused gets a 4xx, whatever it contains",
    broken: {
      "a forged one causes an error": (history) =>
        history.send({ forged: true, statusCode: 503, text: "the event could not be stored", duration: 3_500 }),
    },
    kept: {
      "nobody can judge it": (history) =>
        history.send({
          ...{ forged: true, statusCode: 503, text: "the token could not be read" },
          calls: [{ target: "secret", fault: "answers 500" }],
        }),
    },
  },
  {
    promise: OUTPUT,
    broken: {
      "a token is in the log": (history) => history.log(history.environment(), '{"error":"token-12345678-1234"}'),
      "the credentials are in the log": (history) => history.log(history.environment(), "secret-access-key"),
      "the session token is in what the operator sees": (history) =>
        history.history.operatorOutput.push("session-token"),
      "a query string is in what the operator sees": (history) => history.history.operatorOutput.push("?Sign=1"),
      "a signature is in the log, in capitals": (history) =>
        history.log(history.environment(), `"${signatureOf(history.send({ forged: true })).toUpperCase()}"`),
      "a signature is in a reply": (history) => {
        const forged = history.send({ forged: true });
        const [attempt] = forged.attempts;
        if (attempt) attempt.reply = { at: 0, statusCode: 401, text: signatureOf(forged) };
      },
      "a signature is in an event": (history) => {
        const sent = history.send();
        history.arrive({ ...sent, body: sent.body.replace("alice", signatureOf(sent)) });
        const data = JSON.parse(sent.body.replace("alice", signatureOf(sent))) as object;
        history.history.callbacks.set(sent.key, { ...sent, body: JSON.stringify(data) });
      },
    },
    kept: {
      "the log has other hex digits": (history) => history.log(history.environment(), sign("another", "time")),
    },
  },
];

describe("Security", () => testPromises(CASES));
