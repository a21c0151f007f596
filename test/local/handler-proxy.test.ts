import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type HttpAnswer, send } from "../../functions/aws/http.ts";
import { type FaultMode, Faults, modesOf } from "../../local/faults.ts";
import { type RelayedCall, startHandlerProxy } from "../../local/handler-proxy.ts";
import type { ReceivedRequest } from "../../local/http-api.ts";
import { RequestsInFlight } from "../../local/requests-in-flight.ts";
import { replying, startRecordingHandler, VERDICT } from "../support/recording-handler.ts";

const COMMAND = "C2C.CallbackBeforeSendMsg";
/** As no code would write it again: only the bytes themselves are the same. */
const QUERY = `CallbackCommand=${COMMAND}&Sign=a-signature&x=%7e+%E4%BD%a0&&y`;
const BODY = Buffer.from([0x7b, 0x7d, 0x00, 0xff]);
/** Longer than the function waits, so that no test depends on the machine's load. */
const TIMEOUT_MS = 30_000;
const TYPE = "application/json; charset=UTF-8";

/** A callback in flight, as Tencent sent it. */
const received = (id: string, rawQueryString = QUERY, body = BODY): ReceivedRequest => ({
  ...{ id, method: "POST", path: "/callback", rawQueryString, body, receivedAt: 1 },
});

/** Starts a handler with a proxy in front of it, while callbacks are in flight. */
async function startBehindProxy(...inFlight: ReceivedRequest[]) {
  const handler = await startRecordingHandler();
  const faults = new Faults();
  const calls: RelayedCall[] = [];
  const requests = new RequestsInFlight({ request() {}, exchange() {} });
  for (const request of inFlight) requests.request(request);
  const observer = { relayed: (call: RelayedCall) => calls.push(call) };
  const proxy = await startHandlerProxy(new URL(handler.url), faults, requests, observer);
  onTestFinished(proxy.close);
  const url = new URL(proxy.url);
  return {
    ...{ handler, faults, calls, requests, url },
    /** Relays a callback as the function does. */
    relay: ({ rawQueryString, body } = received("")): Promise<HttpAnswer> =>
      send(
        url,
        { method: "POST", path: `${url.pathname}?${rawQueryString}`, headers: { "content-type": TYPE }, body },
        TIMEOUT_MS,
      ),
    /** Relays a callback, unless the function gives up before the reply. */
    relayUntil: (signal: AbortSignal) => fetch(`${url}?${QUERY}`, { method: "POST", body: BODY, signal }),
    /** Opens a connection as the function does. */
    open: () => send(url, { method: "GET", headers: {} }, TIMEOUT_MS),
  };
}

/** The status and body that the function gets from a handler in each mode, and whether the handler got the callback. */
const OUTCOMES: Readonly<Partial<Record<FaultMode, readonly [RelayedCall["reply"] | undefined, number]>>> = {
  slow: [{ statusCode: 200, body: VERDICT }, 1],
  hang: [undefined, 0],
  refuse: [{ statusCode: 403, body: '{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":"made to refuse"}' }, 0],
  fail: [{ statusCode: 500, body: '{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":"made to fail"}' }, 0],
  nonsense: [{ statusCode: 200, body: "<html>" }, 0],
  "lose-answer": [undefined, 1],
};

describe("The proxy in front of an existing handler", () => {
  test("passes on method, path, query, content type and body as they are, and adds nothing", async () => {
    const { handler, relay } = await startBehindProxy();
    await relay();
    expect(handler.calls).toEqual([
      { method: "POST", path: `/chat/callback?${QUERY}`, headers: { "content-type": TYPE }, body: BODY },
    ]);
  });

  test("calls the handler by its own name", async () => {
    const { handler, relay } = await startBehindProxy();
    const hosts: unknown[] = [];
    handler.answer = (response, request) => {
      hosts.push(request.headers.host);
      response.end();
    };
    await relay();
    expect(hosts).toEqual([new URL(handler.url).host]);
  });

  test.each([
    ["a status and bytes that are no text", 418, Buffer.from([0xff, 0x00]), {}],
    ["a redirect, which it does not follow", 302, "", { location: "/elsewhere" }],
    ["an empty reply", 200, "", {}],
    ["a reply larger than the function takes", 200, Buffer.alloc(100_000, 1), {}],
  ])("returns %s", async (_what, status, body, headers) => {
    const { handler, relay } = await startBehindProxy();
    handler.answer = replying(status, body, headers);
    expect(await relay()).toEqual({ statusCode: status, body: Buffer.from(body) });
    expect(handler.calls).toHaveLength(1);
  });

  test("tells of a callback's relaying without its query", async () => {
    const { calls, relay } = await startBehindProxy(received("1"));
    await relay();
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    expect(calls).toEqual([
      {
        ...{ requestId: "1", command: COMMAND, milliseconds: expect.any(Number) },
        reply: { statusCode: 200, body: VERDICT },
      },
    ]);
    expect(JSON.stringify(calls)).not.toContain("a-signature");
  });

  test("tells callbacks apart by query and body, also while equal ones are in flight", async () => {
    const [other, another] = [received("3", `${QUERY}&z`), received("4", QUERY, Buffer.from("{}"))];
    const { calls, relay, requests } = await startBehindProxy(received("1"), received("2"), other, another);
    for (const request of [other, received("1"), another, received("2")]) await relay(request);
    await vi.waitFor(() => expect(calls).toHaveLength(4));
    expect(calls.map(({ requestId }) => requestId)).toEqual(["3", "1", "4", "2"]);
    requests.exchange({ request: other, statusCode: 200, responseBody: "", milliseconds: 1 });
    expect(requests.find(other.rawQueryString, other.body)).toBeUndefined();
  });

  test("has a request that opens a connection answered by the handler, also by one that is broken, and does not tell", async () => {
    const { handler, faults, calls, open, relay } = await startBehindProxy(received("1"));
    faults.break("handler", "fail", 1);
    expect(await open()).toMatchObject({ statusCode: 405 });
    expect(await relay()).toMatchObject({ statusCode: 500 });
    expect(handler.opening).toEqual([{ method: "GET", path: "/chat/callback", headers: {}, body: Buffer.alloc(0) }]);
    await vi.waitFor(() => expect(calls).toMatchObject([{ requestId: "1", fault: "fail" }]));
  });

  test("lets no web page that leads its own name here call the handler", async () => {
    const { handler, url } = await startBehindProxy();
    const headers = { host: "evil.example" };
    expect(await send(url, { method: "POST", headers }, TIMEOUT_MS)).toMatchObject({ statusCode: 403 });
    expect(handler.calls).toEqual([]);
  });

  test("keeps one connection to the handler open", async () => {
    const { handler, open, relay } = await startBehindProxy();
    await open();
    for (let count = 0; count < 3; count += 1) await relay();
    expect(handler.connections()).toBe(1);
  });

  test("closes the function's idle connections when the handler closes its own", async () => {
    const { handler, url } = await startBehindProxy();
    const socket = connect({ host: url.hostname, port: Number(url.port) });
    socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
    await once(socket, "data");
    const closed = once(socket, "close");
    handler.cut();
    await closed;
  });

  test("tells why there is no reply when the handler is down", async () => {
    const { handler, calls, relay } = await startBehindProxy(received("1"));
    await handler.stop();
    await expect(relay()).rejects.toThrow();
    await vi.waitFor(() => expect(calls).toMatchObject([{ problem: expect.stringContaining("ECONNREFUSED") }]));
  });

  test("tells when the function gives up, and then ends the handler's call", async () => {
    const { handler, calls, relayUntil } = await startBehindProxy(received("1"));
    const giveUp = new AbortController();
    const ended = new Promise((resolve) => {
      handler.answer = (response) => {
        response.once("close", resolve);
        giveUp.abort();
      };
    });
    await expect(relayUntil(giveUp.signal)).rejects.toThrow();
    await ended;
    await vi.waitFor(() => expect(calls).toMatchObject([{ requestId: "1", problem: "no reply in time" }]));
  });
});

describe("A handler that is broken", () => {
  test("has these modes", () => {
    expect(Object.keys(OUTCOMES)).toEqual(modesOf("handler"));
  });

  test.each(Object.entries(OUTCOMES))("as %s replies %j", async (mode, [reply, handled]) => {
    const { handler, faults, calls, relayUntil } = await startBehindProxy(received("1"));
    faults.break("handler", mode as FaultMode, 1);
    const giveUp = new AbortController();
    if (mode === "hang") faults.watch(() => giveUp.abort());
    const answer = await relayUntil(giveUp.signal)
      .then(async (response) => ({ statusCode: response.status, body: await response.text() }))
      .catch(() => undefined);
    expect(answer).toEqual(reply);
    expect(handler.calls).toHaveLength(handled);
    await vi.waitFor(() => expect(calls).toMatchObject([{ requestId: "1", fault: mode }]));
    expect(calls[0]?.reply).toEqual(reply);
    expect(typeof calls[0]?.problem).toBe(reply === undefined ? "string" : "undefined");
  });
});
