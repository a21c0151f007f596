import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { describeCallback } from "../../../bin/console/callback-detail.ts";
import { readRelayFailure } from "../../../bin/console/read-relay-failure.ts";
import { toJson } from "../../../events/json.ts";
import { sign } from "../../../tencent/signature.ts";
import { nowInSeconds, READ_REPORT, signedQuery, TOKEN } from "../../support/callbacks.ts";
import { createJournal, eventOf, failBody, newRequest, OK_BODY, QUEUES } from "../../support/observed-journal.ts";

const HANDLER = { relayUrl: "https://chat.example.com/callback" };
const FORBIDDEN = '{"ActionStatus":"OK","ErrorCode":1,"ErrorInfo":"no"}';
const NO_REPLY = failBody("the existing handler gave no valid reply");
/** The function does not know more about a handler that gives no reply. */
const HANG_UP = "socket hang up";
const NO_ANSWER = "connect ECONNREFUSED 127.0.0.1:3000";

const REPORT = READ_REPORT.CallbackCommand;
const BEFORE = "C2C.CallbackBeforeSendMsg";
const AFTER = "C2C.CallbackAfterSendMsg";

interface Relayed {
  readonly command: string;
  /** The handler's reply; `undefined` if it gives none. */
  readonly handler: readonly [status: number, body: string] | undefined;
  /** The reply that Tencent gets. */
  readonly reply: readonly [status: number, body: string];
  /** In the function's log. */
  readonly problem?: string;
  readonly isLoggedFirst?: true;
  /** At least. */
  readonly bodyBytes?: number;
  readonly isStored?: true;
}

function requestOf(command: string, bodyBytes = 0) {
  return newRequest({
    rawQueryString: signedQuery(nowInSeconds(), { CallbackCommand: command }),
    body: Buffer.from(
      JSON.stringify({ CallbackCommand: command, From_Account: "alice", CloudCustomData: "x".repeat(bodyBytes) }),
    ),
  });
}

/** Lets a journal see one callback that is relayed. */
async function relay({ command, handler, reply, problem, isLoggedFirst, bodyBytes, isStored }: Relayed, secret = "") {
  const journal = createJournal({}, { ...HANDLER, relayCommands: ["*"] });
  const request = command === REPORT ? newRequest() : requestOf(command, bodyBytes);
  journal.request(request);
  await setImmediate();
  if (isStored) {
    const body = toJson(await eventOf(request));
    journal.sent({ queueName: QUEUES.destination, messageId: "1", body, dropped: false });
  }
  const outcome = handler
    ? { reply: { statusCode: handler[0], body: `${handler[1]}${secret}` } }
    : { problem: NO_ANSWER };
  const tell = () => journal.relayed({ requestId: request.id, command, milliseconds: 12, ...outcome });
  const log = () => {
    if (problem === undefined) return;
    const message = "the existing handler did not accept a callback";
    const fields = { level: "ERROR", message, command, problem, requestId: request.id };
    journal.log("callback", JSON.stringify({ timestamp: "", ...fields }));
  };
  for (const step of isLoggedFirst ? [log, tell] : [tell, log]) step();
  journal.exchange({ request, statusCode: reply[0], responseBody: reply[1], milliseconds: 20 });
  const record = journal.get(request.id) ?? expect.fail("the journal does not know it");
  return { journal, detail: describeCallback(record) };
}

const ITS_REPLY = "Tencent got its reply.";
const OWN_REPLY = "Tencent got this endpoint's reply, in which OK means that the event is stored.";

describe("A relayed callback", () => {
  test.each<[string, Relayed, { verdict: string; reason: string; text: string }]>([
    [
      "a before-callback that the handler allows",
      { command: BEFORE, handler: [200, OK_BODY], reply: [200, OK_BODY] },
      { verdict: "acknowledged", reason: "allowed by the handler", text: `It allows it. ${ITS_REPLY}` },
    ],
    [
      "a before-callback that it forbids",
      { command: BEFORE, handler: [200, FORBIDDEN], reply: [200, FORBIDDEN] },
      { verdict: "acknowledged", reason: "not allowed by the handler", text: `It does not allow it. ${ITS_REPLY}` },
    ],
    [
      "a before-callback that it answers with an error",
      { command: BEFORE, handler: [500, "{}"], reply: [500, "{}"], problem: "it replied with 500" },
      {
        verdict: "failed",
        reason: "handler: it replied with 500",
        text: `It did not accept the callback: it replied with 500. ${ITS_REPLY}`,
      },
    ],
    [
      "a before-callback that it answers with nonsense",
      { command: BEFORE, handler: [200, "<html>"], reply: [502, NO_REPLY], problem: "it replied with 200 and no JSON" },
      {
        verdict: "failed",
        reason: "handler: it replied with 200 and no JSON",
        text: "It did not accept the callback: it replied with 200 and no JSON. Tencent got 502 in place of its reply.",
      },
    ],
    [
      "a before-callback that a proxy in front of it answers with 502 and nonsense",
      { command: BEFORE, handler: [502, "<html>"], reply: [502, NO_REPLY], problem: "it replied with 502 and no JSON" },
      {
        verdict: "failed",
        reason: "handler: it replied with 502",
        text: "It did not accept the callback: it replied with 502. Tencent got 502 in place of its reply.",
      },
    ],
    [
      "a before-callback larger than the endpoint takes for itself",
      { command: BEFORE, handler: [200, OK_BODY], reply: [200, OK_BODY], bodyBytes: 200 * 1024 },
      { verdict: "acknowledged", reason: "allowed by the handler", text: `It allows it. ${ITS_REPLY}` },
    ],
    [
      "a before-callback that it never answers",
      { command: BEFORE, handler: undefined, reply: [502, NO_REPLY], problem: HANG_UP },
      {
        verdict: "failed",
        reason: `handler: ${NO_ANSWER}`,
        text: `It did not accept the callback: ${NO_ANSWER}. Tencent got 502 in place of its reply.`,
      },
    ],
    [
      "a before-callback that it fails while the token can't be read, of which the function logs nothing",
      { command: BEFORE, handler: [403, FORBIDDEN], reply: [403, FORBIDDEN] },
      {
        verdict: "failed",
        reason: "handler: it replied with 403",
        text: `It did not accept the callback: it replied with 403. ${ITS_REPLY}`,
      },
    ],
    [
      "an after-callback that becomes no event",
      { command: AFTER, handler: [200, OK_BODY], reply: [200, OK_BODY] },
      { verdict: "acknowledged", reason: "not forwarded", text: `It accepted the callback. ${ITS_REPLY}` },
    ],
    [
      "an after-callback that becomes no event and that it refuses",
      {
        command: AFTER,
        handler: [200, failBody("no")],
        reply: [200, failBody("no")],
        problem: "it replied with FAIL",
      },
      {
        verdict: "acknowledged",
        reason: "not forwarded, handler: it replied with FAIL",
        text: `It did not accept the callback: it replied with FAIL. ${ITS_REPLY}`,
      },
    ],
    [
      "a read report",
      { command: REPORT, handler: [200, OK_BODY], reply: [200, OK_BODY], isStored: true },
      { verdict: "stored", reason: "", text: `It accepted the callback. ${OWN_REPLY}` },
    ],
    [
      "a read report that it does not accept",
      {
        command: REPORT,
        handler: [503, "{}"],
        reply: [200, OK_BODY],
        problem: "it replied with 503",
        isStored: true,
      },
      {
        verdict: "stored",
        reason: "handler: it replied with 503",
        text: `It did not accept the callback: it replied with 503. ${OWN_REPLY}`,
      },
    ],
  ])("shows whose reply Tencent got, and adds up: %s", async (_case, relayed, { verdict, reason, text }) => {
    const { journal, detail } = await relay(relayed);
    expect(detail).toMatchObject({ verdict, reason, handler: { text: `It got this request unchanged. ${text}` } });
    expect(detail.handler?.reply).toEqual(
      relayed.handler && { label: `Status ${relayed.handler[0]}, after 12 ms`, body: relayed.handler[1] },
    );
    const isFailed = reason.includes("handler: ");
    expect(detail.isHandlerFailed).toBe(isFailed || undefined);
    expect(journal.scoreboard).toMatchObject({ sent: 1, [verdict]: 1 });
    expect(journal.handler).toEqual({
      url: HANDLER.relayUrl,
      relayed: 1,
      failed: isFailed ? 1 : 0,
      lastReply: relayed.handler ? `replied with ${relayed.handler[0]} after 12 ms` : "gave no reply",
    });
  });

  test("shows no signature that the handler's reply repeats", async () => {
    const signature = sign(TOKEN, String(nowInSeconds()));
    const relayed = { command: BEFORE, handler: [200, "quotes "], reply: [502, NO_REPLY] } as const;
    const { detail } = await relay(relayed, `Sign=${signature}`);
    expect(detail.handler?.reply?.body).toContain("quotes Sign=");
    expect(JSON.stringify(detail)).not.toContain(signature);
  });

  test.each([{}, { isLoggedFirst: true }] as const)("says why there is no reply, with %j", async (order) => {
    const relayed = { command: BEFORE, handler: undefined, reply: [502, NO_REPLY], problem: HANG_UP } as const;
    const { journal, detail } = await relay({ ...relayed, ...order });
    expect(detail.reason).toBe(`handler: ${NO_ANSWER}`);
    expect(journal.handler).toMatchObject({ relayed: 1, failed: 1 });
  });

  test("is not taken for one that was refused before the console knows of the handler", async () => {
    const journal = createJournal({}, HANDLER);
    const request = requestOf(AFTER);
    journal.request(request);
    await setImmediate();
    journal.exchange({ request, statusCode: 403, responseBody: FORBIDDEN, milliseconds: 1 });
    journal.relayed({
      ...{ requestId: request.id, command: AFTER, milliseconds: 1 },
      reply: { statusCode: 403, body: FORBIDDEN },
    });
    expect(journal.scoreboard).toMatchObject({ sent: 1, refused: 0, failed: 1 });
  });
});

test("Without an existing handler, there is nothing about it", async () => {
  const journal = createJournal();
  const request = newRequest();
  journal.request(request);
  await setImmediate();
  journal.exchange({ request, statusCode: 200, responseBody: OK_BODY, milliseconds: 1 });
  const record = journal.get(request.id) ?? expect.fail("the journal does not know it");
  expect([journal.handler, describeCallback(record).handler]).toEqual([undefined, undefined]);
});

test.each([
  ["not JSON", "the existing handler did not accept a callback"],
  ["another message", '{"message":"x","problem":"the existing handler did not accept a callback","requestId":"1"}'],
  ["no request", '{"message":"the existing handler did not accept a callback","problem":"x"}'],
])("A line of the log is not about a failure of the handler: %s", (_case, line) => {
  expect(readRelayFailure(line)).toBeUndefined();
});
