import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, type TestContext, test } from "vitest";
import { close, listen } from "../../../local/server.ts";
import { nowInSeconds, OK, REPORT, signedQuery } from "../../support/callbacks.ts";
import { logged, parse, startFunction } from "../../support/function.ts";
import { ASKED, bodyOf, query, SENT } from "../../support/messages.ts";
import { type Answer, replying, startRecordingHandler, VERDICT } from "../../support/recording-handler.ts";

/** API Gateway's event of a callback, with headers that the handler must not see. */
function invocationOf(rawQueryString: string, body: Buffer, headers: Record<string, string> = {}) {
  return {
    version: "2.0",
    rawPath: "/callback",
    rawQueryString,
    headers: {
      host: "abc.execute-api.us-east-1.amazonaws.com",
      "content-type": "application/json; charset=utf-8",
      "x-amzn-trace-id": "Root=1",
      "x-forwarded-for": "203.0.113.7",
      authorization: "Bearer secret",
      "user-agent": "Tencent",
      ...headers,
    },
    requestContext: { accountId: "1", requestId: "id", http: { method: "POST", sourceIp: "203.0.113.7" } },
    body: body.toString("base64"),
    isBase64Encoded: true,
  };
}

async function start(environment: Record<string, string> = {}, context?: TestContext) {
  const handler = await startRecordingHandler(context);
  const functions = await startFunction({ RELAY_URL: handler.url, ...environment }, context && { context });
  await functions.start();
  const ask = () => functions.post(query(ASKED), bodyOf(ASKED));
  return { handler, ask, ...functions };
}

const reset: Answer = (response) => response.socket?.resetAndDestroy();
const cutOff: Answer = (response) =>
  response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy());

describe("The existing handler", () => {
  test("gets a callback as it arrived: method, query, body and content type, and nothing else", async () => {
    const { handler, invoke } = await start();
    // Unusual, but valid: a URL parser would write this query differently.
    const rawQueryString = `${query(ASKED)}&odd='%7e"|^&&=&contenttype=json`;
    const body = Buffer.from(
      `{"CallbackCommand" :"${ASKED}","MsgBody":[{"Text":"h\\u00e9 禁"}],"Seq":1234567890123456789.0}`,
    );
    await invoke(invocationOf(rawQueryString, body));
    expect(handler.calls).toEqual([
      {
        method: "POST",
        path: `/chat/callback?${rawQueryString}`,
        headers: { "content-type": "application/json; charset=utf-8" },
        body,
      },
    ]);
  });

  test("gets no content type if there was none", async () => {
    const { handler, invoke } = await start();
    const { headers: _, ...invocation } = invocationOf(query(ASKED), Buffer.from(bodyOf(ASKED)));
    await invoke(invocation);
    expect(handler.calls).toMatchObject([{ headers: {} }]);
  });

  test("gets all callbacks over one connection, which is opened before the first", async () => {
    const { handler, ask, post } = await start();
    expect(handler.opening).toEqual([{ method: "GET", path: "/chat/callback", headers: {}, body: Buffer.alloc(0) }]);
    await ask();
    await post(signedQuery(nowInSeconds()), REPORT);
    await ask();
    expect([handler.calls.length, handler.connections()]).toEqual([3, 1]);
  });

  // For the function this looks the same as a connection that the handler had closed before.
  test("gets a callback once more, on a new connection, if the kept one ends without a response", async () => {
    const { handler, ask, log } = await start();
    const answers = [reset, replying(200, VERDICT)];
    handler.answer = (...exchange) => answers.shift()?.(...exchange);
    expect(await ask()).toMatchObject({ statusCode: 200, body: VERDICT });
    expect([handler.calls.length, handler.connections()]).toEqual([2, 2]);
    expect(logged(await log(), "metrics")).toMatchObject([{ Relayed: 1 }]);
  });

  test("gets a callback no more often, and only once if a response has begun or the connection was new", async () => {
    const { handler, ask } = await start();
    handler.answer = reset;
    expect((await ask()).statusCode).toBe(502);
    expect(handler.calls.length).toBe(2);
    expect((await ask()).statusCode).toBe(502);
    expect(handler.calls.length).toBe(3);
    handler.answer = replying(200, VERDICT);
    await ask();
    handler.answer = cutOff;
    expect((await ask()).statusCode).toBe(502);
    expect(handler.calls.length).toBe(5);
  });

  test("is called while the event is stored", async () => {
    const { handler, post, sqs, log } = await start();
    const arrivals: string[] = [];
    const both = Promise.withResolvers<void>();
    const arrive = (name: string) => {
      if (arrivals.push(name) === 2) both.resolve();
    };
    // The handler waits for the queue.
    sqs.fail = () => {
      arrive("queue");
      return undefined;
    };
    handler.answer = async (response, request) => {
      arrive("handler");
      await both.promise;
      replying(200, VERDICT)(response, request);
    };
    expect(parse((await post(signedQuery(nowInSeconds()), REPORT)).body)).toEqual(OK);
    expect(arrivals.sort()).toEqual(["handler", "queue"]);
    const [metrics] = logged(await log(), "metrics");
    expect(metrics).toMatchObject({ Accepted: 1, Relayed: 1 });
    expect(metrics).not.toHaveProperty("RelayFailed");
  });
});

describe("The existing handler's reply goes back", () => {
  test.each<[string, number, string]>([
    ["byte for byte", 200, VERDICT],
    ["with its status", 500, '{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":"overloaded"}'],
    ["even if it is no object", 200, " [] "],
    ["with a byte-order mark", 200, "\uFEFF{}"],
    ["up to 64 KiB", 200, JSON.stringify("x".repeat(65_534))],
    ["if it redirects with JSON, which is a failure for Tencent as well", 302, "{}"],
  ])("%s", async (_how, status, body) => {
    const { handler, ask } = await start();
    handler.answer = replying(status, body, { location: "http://127.0.0.1:1/", "set-cookie": "a=b" });
    expect(await ask()).toEqual({ statusCode: status, headers: { "content-type": "application/json" }, body });
    expect(handler.calls.length).toBe(1);
  });
});

describe("A failure of the existing handler is one for Tencent too", () => {
  // Some wait for the deadline.
  test.concurrent.for<[string, Answer]>([
    ["no JSON", replying(200, "<html>")],
    ["an empty reply", replying(204, "")],
    ["bytes that are not UTF-8", replying(200, Buffer.from([0x22, 0xff, 0x22]))],
    ["more than 64 KiB", replying(200, JSON.stringify("x".repeat(65_535)))],
    ["a redirection", replying(302, "Moved", { location: "http://127.0.0.1:1/" })],
    ["a reset", reset],
    ["a reply that is cut off", cutOff],
    ["no reply", () => {}],
    ["a reply without an end", (response) => response.writeHead(200).write("{")],
  ])("%s", async ([, answer], context) => {
    const { handler, ask, log } = await start({}, context);
    handler.answer = answer;
    const { statusCode, body } = await ask();
    expect(statusCode).toBe(502);
    expect(parse(body)).toEqual({
      ActionStatus: "FAIL",
      ErrorCode: 1,
      ErrorInfo: "the existing handler gave no valid reply",
    });
    const lines = await log();
    expect(logged(lines, "the existing handler did not accept a callback")).toMatchObject([
      { level: "ERROR", command: ASKED, problem: expect.any(String), requestId: expect.any(String) },
    ]);
    expect(logged(lines, "metrics")).toMatchObject([{ Relayed: 1, RelayFailed: 1, RelayTime: [expect.any(Number)] }]);
    expect(lines.join()).not.toMatch(/Sign=|RequestTime=/);
  });

  test.concurrent("and the next callback works again", async (context) => {
    const { handler, ask } = await start({}, context);
    const { answer } = handler;
    handler.answer = () => {};
    await ask();
    handler.answer = answer;
    expect((await ask()).body).toBe(VERDICT);
  });
});

describe("A callback counts as not accepted by the handler", () => {
  const FAIL = '{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":"no"}';
  test.each<[string, string, Answer, number | undefined]>([
    ["an after-callback answered with FAIL", SENT, replying(200, FAIL), 1],
    ["an after-callback answered with 201", SENT, replying(201, VERDICT), 1],
    ["a before-callback answered with 500", ASKED, replying(500, FAIL), 1],
    ["not a before-callback answered with FAIL, which is a verdict", ASKED, replying(200, FAIL), undefined],
    ["not an after-callback answered with OK", SENT, replying(200, VERDICT), undefined],
  ])("%s", async (_how, command, answer, RelayFailed) => {
    const { handler, post, log } = await start();
    handler.answer = answer;
    await post(query(command), bodyOf(command));
    const [metrics] = logged(await log(), "metrics");
    expect(metrics).toMatchObject({ Genuine: 1, Relayed: 1 });
    expect(metrics?.["RelayFailed"]).toBe(RelayFailed);
  });

  test("only if it is genuine: strangers cannot set off the alarm while the token is unreadable", async () => {
    const { handler, post, log } = await start({ TOKEN_SECRET_ARN: "another" });
    handler.answer = replying(401, FAIL);
    expect((await post(query(ASKED), bodyOf(ASKED))).statusCode).toBe(401);
    const lines = await log();
    expect(logged(lines, "metrics")).toEqual([]);
    expect(logged(lines, "the existing handler did not accept a callback")).toEqual([]);
  });
});

test("The log does not quote a reply, which may repeat the signature", async () => {
  const { handler, ask, log } = await start();
  handler.answer = (response, request) => response.end(/Sign=\w{9}/.exec(request.url ?? "")?.[0]);
  await ask();
  const lines = await log();
  expect(logged(lines, "the existing handler did not accept a callback")).toMatchObject([
    { problem: "it replied with 200 and no JSON" },
  ]);
});

test("The log has a command shortened, which a stranger may have made up if callbacks need no signature", async () => {
  const { handler, post, log } = await start({ AUTHENTICATION: "none" });
  handler.answer = replying(401, "{}");
  const command = `New.${"x".repeat(10_000)}`;
  await post(query(command), bodyOf(command));
  expect(logged(await log(), "the existing handler did not accept a callback")).toMatchObject([
    { command: command.slice(0, 121), problem: "it replied with 401" },
  ]);
});

test("The log names the event of a callback that the handler did not accept", async () => {
  const { handler, post, delivered, log } = await start();
  handler.answer = replying(503, "{}");
  await post(signedQuery(nowInSeconds()), REPORT);
  const [event] = delivered();
  expect(logged(await log(), "the existing handler did not accept a callback")).toMatchObject([
    { problem: "it replied with 503", deduplicationId: event?.detail.metadata.deduplicationId },
  ]);
});

test("A callback that came through the relay URL itself is not relayed once more", async () => {
  const { handler, invoke, log } = await start();
  const { host } = new URL(handler.url);
  const invocation = invocationOf(query(ASKED), Buffer.from(bodyOf(ASKED)), { host });
  expect(await invoke({ ...invocation, rawPath: "/chat/callback" })).toMatchObject({ statusCode: 502 });
  expect(handler.calls).toEqual([]);
  expect(logged(await log(), "the existing handler did not accept a callback")).toMatchObject([
    { problem: "RELAY_URL is this endpoint's own URL" },
  ]);
});

test("A callback that came to another path of the relay URL's host is relayed", async () => {
  const { handler, invoke } = await start();
  const { host } = new URL(handler.url);
  await invoke(invocationOf(query(ASKED), Buffer.from(bodyOf(ASKED)), { host }));
  expect(handler.calls.length).toBe(1);
});

test("An endless answer to the opening request does not fill the memory: the connection is closed", async () => {
  const closed = Promise.withResolvers<void>();
  const endless = createHttpServer((_request, response) => {
    response.once("close", closed.resolve);
    const write = () => void (response.writable && response.write("x".repeat(65_536), write));
    write();
  });
  const url = await listen(endless);
  onTestFinished(() => close(endless));
  const { start: startIt, log } = await startFunction({ RELAY_URL: `${url}/` });
  await startIt();
  await closed.promise;
  expect(logged(await log(), "no connection to the existing handler at start")).toMatchObject([
    { error: "the answer is larger than 65536 bytes" },
  ]);
});

test("A handler that never answers the opening request does not keep the function from starting", async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as { port: number };
  const { start: startIt, post, log } = await startFunction({ RELAY_URL: `http://127.0.0.1:${port}/` });
  await startIt();
  expect(parse((await post(signedQuery(nowInSeconds()), "")).body)).toEqual(OK);
  expect(logged(await log(), "no connection to the existing handler at start").length).toBe(1);
});
