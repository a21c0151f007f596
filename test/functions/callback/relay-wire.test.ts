import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { HANDLER_UNTIL_MS } from "../../../functions/callback/deadlines.ts";
import { isHandlersTurn, Relay } from "../../../functions/callback/relay.ts";
import { CallbackJudge, type JudgeDependencies } from "../../../functions/judge-callback.ts";
import { type Receipt, takeReceipt } from "../../../functions/receipt.ts";
import { listen } from "../../../local/server.ts";
import { MAX_FORWARDED_BODY_BYTES } from "../../../tencent/callback.ts";
import { replyHandlerFailed } from "../../../tencent/reply.ts";
import { nowInSeconds, signedQuery } from "../../support/callbacks.ts";
import { ENVIRONMENT, REQUEST_CONTEXT, TOKEN_STORE } from "../../support/judging.ts";
import { ASKED, bodyOf, query } from "../../support/messages.ts";
import { startRecordingHandler, VERDICT } from "../../support/recording-handler.ts";

const UNREADABLE_TOKEN = {
  currentToken: () => Promise.reject(new Error()),
  freshTokens: () => Promise.reject(new Error()),
};

/**
 * How a function relays requests, but without its process: a thousand take a second.
 *
 * @param getTokenStore returns the secret that judges the next request
 */
function relayTo(relayUrl: string, getTokenStore: () => JudgeDependencies["tokenStore"] = () => TOKEN_STORE) {
  const target = { url: new URL(relayUrl), has: () => true };
  const relay = new Relay(target);
  /** @returns the verdict, the outcome if the request was relayed, and whether the handler's reply counts */
  return async (rawQueryString: string, body: Buffer, contentType?: string, receipt: Receipt = takeReceipt()) => {
    const invocation = {
      ...{ rawQueryString, body: body.toString("base64"), isBase64Encoded: true },
      headers: {
        host: "api.example",
        cookie: "a=b",
        ...(contentType !== undefined && { "content-type": contentType }),
      },
      requestContext: REQUEST_CONTEXT,
    };
    const judge = new CallbackJudge({
      environment: { ...ENVIRONMENT, existingHandler: target },
      tokenStore: getTokenStore(),
    });
    const judgement = await judge.judge(invocation, receipt, Number.POSITIVE_INFINITY);
    const outcome = await relay.begin(judgement, invocation, receipt);
    const isDecisive = judgement.verdict !== "refused" && isHandlersTurn(judgement);
    return { verdict: judgement.verdict, outcome, isDecisive };
  };
}

/** Starts a handler that answers the bytes of a request with any bytes, until the test ends. */
async function startRawHandler() {
  const handler = { answer: (_socket: Socket): void => {}, requests: 0 };
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (data) => {
      text += data.toString("latin1");
      // Bodies in these tests are JSON objects without braces inside.
      if (!text.endsWith("}")) return;
      text = "";
      handler.requests += 1;
      handler.answer(socket);
    });
  });
  const relay = relayTo(await listen(server));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const ask = async (receipt?: Receipt) =>
    (await relay(query(ASKED), Buffer.from(bodyOf(ASKED)), undefined, receipt)).outcome?.reply;
  return Object.assign(handler, { sockets, ask });
}

const OK_LINE = "HTTP/1.1 200 OK\r\n";
const response = (body: string, headers = "") =>
  `${OK_LINE}content-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
const piece = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const inPieces = (body: string) =>
  `${OK_LINE}transfer-encoding: chunked\r\n\r\n${piece(body.slice(0, 9))}${piece(body.slice(9))}0\r\nx: y\r\n\r\n`;
const verdict = { statusCode: 200, headers: { "content-type": "application/json" }, body: VERDICT };

const characters = (from: number, to: number) =>
  fc.string({ unit: fc.integer({ min: from, max: to }).map((code) => String.fromCharCode(code)), maxLength: 50 });
// Node.js's server accepts no others; a URL parser would escape some of them.
const oddQuery = fc.oneof(
  characters(0x21, 0x7e),
  fc.constantFrom("", "&", "a=1&a=2", "%", "%zz%00%0d%0a", "sign", "SIGN=1", "x=#y?z", "禁", "a b", "a\r\nb: c"),
);
const anyQuery = fc
  .tuple(fc.constantFrom("after", "before", "instead"), oddQuery, fc.constantFrom(ASKED, "New.Thing", "", undefined))
  .map(([where, odd, CallbackCommand]) => {
    const signed = signedQuery(nowInSeconds(), { CallbackCommand });
    return { after: `${signed}&${odd}`, before: `${odd}&${signed}`, instead: odd }[where] ?? "";
  });
const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.constantFrom("", "\uFEFF"), fc.string({ unit: "binary" }), fc.constantFrom(0, 0, 0, 0, 65_536, 262_144))
    .map(([start, Text, padding]) => Buffer.from(start + JSON.stringify({ Text }) + " ".repeat(padding))),
  fc.constantFrom("", "{}", " {\r\n} ", '{"a":"\\ud800"}', '{"a" :1.0e5}', '"x"').map((text) => Buffer.from(text)),
);
const anyContentType = fc.oneof(
  fc.constantFrom(undefined, "", "application/json", "text/plain; charset=GBK", "a,b", "a\r\nx: y", "禁"),
  characters(0x80, 0xff),
);

test("Whatever is not refused reaches the handler unchanged, or fails without reaching it; nothing else arrives", async () => {
  const handler = await startRecordingHandler();
  let tokenStore = TOKEN_STORE;
  const relay = relayTo(handler.url, () => tokenStore);
  const seen = { refused: 0, verify: 0, failed: 0, arrived: 0 };
  await fc.assert(
    fc.asyncProperty(
      anyQuery,
      anyBody,
      anyContentType,
      fc.boolean(),
      async (rawQueryString, body, contentType, isJudged) => {
        tokenStore = isJudged ? TOKEN_STORE : UNREADABLE_TOKEN;
        const { verdict: judged, outcome, isDecisive } = await relay(rawQueryString, body, contentType);
        const calls = handler.calls.splice(0);
        if (outcome === undefined) {
          seen[judged === "refused" ? "refused" : "verify"] += 1;
          expect(calls).toEqual([]);
        } else if (
          body.byteLength > MAX_FORWARDED_BODY_BYTES ||
          /[^!-~]/.test(rawQueryString) ||
          /[^ -\xFF]/.test(contentType ?? "")
        ) {
          seen.failed += 1;
          expect(outcome.reply).toEqual(isDecisive ? replyHandlerFailed() : undefined);
          expect(calls).toEqual([]);
        } else {
          seen.arrived += 1;
          expect(calls).toEqual([
            {
              method: "POST",
              path: `/chat/callback?${rawQueryString}`,
              headers: contentType === undefined ? {} : { "content-type": contentType },
              body,
            },
          ]);
          expect(outcome.reply).toEqual(isDecisive ? verdict : undefined);
        }
      },
    ),
    { numRuns: 500 },
  );
  // The inputs must reach every outcome.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
});

describe("The handler's answer goes back, however it is sent", () => {
  test.each<[string, (socket: Socket) => void]>([
    ["at once, on a connection that stays open", (socket) => socket.write(response(VERDICT))],
    ["in pieces, with a trailer", (socket) => socket.write(inPieces(VERDICT))],
    ["until the connection ends", (socket) => socket.end(`${OK_LINE}\r\n${VERDICT}`)],
    [
      "after early hints",
      (socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${response(VERDICT)}`),
    ],
    ["with a line break after it", (socket) => socket.write(`${response(VERDICT)}\r\n`)],
    ["and a second one after it is ignored", (socket) => socket.write(response(VERDICT) + response("{}"))],
    ["before a reset", (socket) => socket.write(response(VERDICT), () => socket.resetAndDestroy())],
  ])("%s", async (_how, answer) => {
    const handler = await startRawHandler();
    handler.answer = answer;
    for (let round = 0; round < 3; round += 1) expect(await handler.ask()).toEqual(verdict);
    expect(handler.requests).toBe(3);
  });
});

describe("An answer that breaks HTTP is a failure, and the next callback works", () => {
  test.each<[string, string]>([
    ["another protocol", "SSH-2.0-OpenSSH\r\n"],
    ["a switch to another protocol", "HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"],
    ["two lengths", response(VERDICT, "content-length: 2\r\n")],
    ["a length and pieces", response(VERDICT, "transfer-encoding: chunked\r\n")],
    ["16 KiB of headers", response(VERDICT, `x: ${"x".repeat(16_384)}\r\n`)],
    ["a compressed body", `${OK_LINE}content-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b`],
    ["hints without an end", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1_000)],
  ])("%s", async (_what, bytes) => {
    const handler = await startRawHandler();
    for (let round = 0; round < 2; round += 1) {
      handler.answer = (socket) => socket.write(bytes, "latin1");
      // With little time left, for those that wait for more.
      const { unixTime, monotonicTime } = takeReceipt();
      const receipt = { unixTime, monotonicTime: monotonicTime - HANDLER_UNTIL_MS + 200 };
      expect(await handler.ask(receipt)).toEqual(replyHandlerFailed());
      handler.answer = (socket) => socket.write(response(VERDICT));
      expect(await handler.ask()).toEqual(verdict);
    }
    expect(handler.requests).toBe(4);
  });
});

test("An answer that comes unasked is never taken for that to the next callback", async () => {
  const handler = await startRawHandler();
  handler.answer = (socket) => socket.write(response(VERDICT));
  await handler.ask();
  const [socket] = handler.sockets as [Socket];
  const closed = once(socket, "close");
  socket.write(response("{}"));
  await closed;
  expect(await handler.ask()).toEqual(verdict);
});

test("A request is not sent again if the kept connection is reset in the middle of a response", async () => {
  const handler = await startRawHandler();
  handler.answer = (socket) => socket.write(response(VERDICT));
  await handler.ask();
  handler.answer = (socket) => socket.write(`${OK_LINE}content-length: 9\r\n\r\n{`, () => socket.resetAndDestroy());
  expect(await handler.ask()).toEqual(replyHandlerFailed());
  expect(handler.requests).toBe(2);
});
