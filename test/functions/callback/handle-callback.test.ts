import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ChatEvent } from "../../../events/chat-event.ts";
import { createForwarding, NO_FORWARDING } from "../../../events/forwarding.ts";
import { CallbackHandler, type Dependencies } from "../../../functions/callback/handle-callback.ts";
import type { Invocation } from "../../../functions/invocation.ts";
import { Metrics } from "../../../functions/metrics.ts";
import { RecoveryLog } from "../../../functions/recovery-log.ts";
import { sign } from "../../../tencent/signature.ts";
import { nowInSeconds, READ_REPORT, SDK_APP_ID, signedQuery } from "../../support/callbacks.ts";
import { ENVIRONMENT, REQUEST_CONTEXT, TOKEN_STORE } from "../../support/judging.ts";

// These tests ignore the log.
beforeEach(() => void vi.spyOn(process.stdout, "write").mockReturnValue(true));
afterEach(() => vi.restoreAllMocks());

/** A handler with memory in place of AWS, fast enough for thousands of runs. */
function handlerInMemory(overrides: Partial<Dependencies> = {}, forwarding = NO_FORWARDING) {
  const published: ChatEvent[] = [];
  const memory = {
    publish: async (event: ChatEvent) => {
      published.push(event);
    },
    connect: async () => {},
    send: async () => {
      throw new Error("nothing is parked here");
    },
  };
  const callbackHandler = new CallbackHandler({
    environment: { ...ENVIRONMENT, forwarding },
    tokenStore: TOKEN_STORE,
    destination: memory,
    standby: memory,
    recoveryLog: new RecoveryLog(),
    relay: undefined,
    metrics: new Metrics(SDK_APP_ID),
    ...overrides,
  });
  const handler = (invocation: Invocation) => callbackHandler.handle(invocation);
  const post = (rawQueryString: string, body: Buffer) =>
    handler({ rawQueryString, body: body.toString("base64"), isBase64Encoded: true, requestContext: REQUEST_CONTEXT });
  return { handler, post, published };
}

const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const anyJson = fc.json().map((text) => Buffer.from(text));
const almostReport = fc
  .record(
    {
      CallbackCommand: fc.oneof(fc.constant(READ_REPORT.CallbackCommand), fc.jsonValue()),
      Report_Account: fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue()),
      Peer_Account: fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue()),
      LastReadTime: fc.oneof(fc.nat(), fc.nat().map(String), fc.jsonValue()),
      UnreadMsgNum: fc.oneof(fc.nat(), fc.jsonValue()),
      EventTime: fc.oneof(fc.nat(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  )
  .map((report) => Buffer.from(JSON.stringify(report)));
const anyBody = fc.oneof(anyBytes, anyJson, almostReport, fc.constant(Buffer.from(JSON.stringify(READ_REPORT))));

const name = fc.constantFrom("Sign", "sign", "RequestTime", "SdkAppid", "SDKAPPID", "CallbackCommand", "RequestId");
const value = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(SDK_APP_ID, READ_REPORT.CallbackCommand, "1754284800", sign("another", "1754284800")),
);
const anyQuery = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.tuple(fc.oneof(name, fc.string()), value))
    .map((pairs) => pairs.map(([key, text]) => `${key}=${encodeURIComponent(text.toWellFormed())}`).join("&")),
);

const REPLY_FIELDS = ["ActionStatus", "ErrorCode", "ErrorInfo"];

describe("The handler", () => {
  test.each([{}, { requestContext: null }, { rawQueryString: "Sign=1", requestContext: {} }])(
    "refuses an invocation that is not a callback, such as a test event: %j",
    async (invocation) => {
      const { handler } = handlerInMemory();
      expect((await handler(invocation as never)).statusCode).toBe(401);
    },
  );

  test("allows a before-callback even if its request can neither be judged nor kept", async () => {
    const fail = () => {
      throw new Error("a fault in this code");
    };
    const command = "C2C.CallbackBeforeSendMsg";
    const recoveryLog = Object.assign(new RecoveryLog(), { request: vi.fn(fail) });
    const tokenStore = { ...TOKEN_STORE, currentToken: async () => fail() };
    const { post } = handlerInMemory({ recoveryLog, tokenStore }, createForwarding([command]));
    const query = signedQuery(nowInSeconds(), { CallbackCommand: command });
    const reply = await post(query, Buffer.from('{"MsgBody":[]}'));
    expect(recoveryLog.request).toHaveBeenCalled();
    expect(reply).toMatchObject({ statusCode: 200, body: expect.stringContaining('"OK"') });
  });

  test("publishes nothing without a valid signature, and never replies with a 5xx", async () => {
    const { post, published } = handlerInMemory();
    await fc.assert(
      fc.asyncProperty(anyQuery, anyBody, async (query, body) => {
        const { statusCode, body: reply } = await post(query, body);
        expect([400, 401]).toContain(statusCode);
        expect(Object.keys(JSON.parse(reply) as object)).toEqual(REPLY_FIELDS);
        expect(published).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("publishes a signed body only if it replies with a 200, and never replies with a 5xx", async () => {
    const { post, published } = handlerInMemory();
    const commands = fc.constantFrom(READ_REPORT.CallbackCommand, "Sns.CallbackPrevFriendAdd", "X.Y", "", undefined);
    await fc.assert(
      fc.asyncProperty(anyBody, commands, async (body, CallbackCommand) => {
        published.length = 0;
        const { statusCode, body: reply } = await post(signedQuery(nowInSeconds(), { CallbackCommand }), body);
        expect([200, 400]).toContain(statusCode);
        expect(Object.keys(JSON.parse(reply) as object).slice(0, 3)).toEqual(REPLY_FIELDS);
        expect(published.length).toBeLessThanOrEqual(statusCode === 200 ? 1 : 0);
      }),
      { numRuns: 1_000 },
    );
  });
});
