import { describe, expect, test } from "vitest";
import { createForwarding, NO_FORWARDING, parseForwarding } from "../../events/forwarding.ts";
import { AwsError } from "../../functions/aws/aws-error.ts";
import {
  CallbackJudge,
  type Expectations,
  type JudgeDependencies,
  leaveUnjudged,
} from "../../functions/judge-callback.ts";
import { decodeRequest } from "../../tencent/request.ts";
import { ANSWERS } from "../support/answers.ts";
import { type Query, READ_REPORT, REPORT, REQUEST_TIME, SDK_APP_ID, signedQuery } from "../support/callbacks.ts";
import { ENVIRONMENT, REQUEST_CONTEXT, TOKEN_STORE } from "../support/judging.ts";

const BEFORE = "C2C.CallbackBeforeSendMsg";
const FRIENDS = "Sns.CallbackPrevFriendAdd";
const SENT = "C2C.CallbackAfterSendMsg";
const FRIENDS_BODY = JSON.stringify({ FriendItem: [{ To_Account: "bob" }] });
const RESULT_ITEMS = [{ To_Account: "bob", ResultCode: 0, ResultInfo: "" }];

const expectations: Expectations = { sdkAppId: SDK_APP_ID, forwarding: NO_FORWARDING };
const requestWith = (query: Query, body = REPORT) =>
  decodeRequest({ rawQueryString: signedQuery(REQUEST_TIME, query), body, isBase64Encoded: false });
const unjudged = (query: Query, changes: Partial<Expectations> = {}, body = REPORT) =>
  leaveUnjudged(requestWith(query, body), { ...expectations, ...changes }, "internal error", undefined);

describe("An unjudged request may become an event", () => {
  test.each<[string, Query, Partial<Expectations>]>([
    ["it is a read report", {}, {}],
    ["it names no command", { CallbackCommand: undefined }, {}],
    ["its command is forwarded", { CallbackCommand: SENT }, { forwarding: parseForwarding("C2C.*") }],
    ["it names no app", { SdkAppid: undefined }, {}],
    ["the function does not know its own app", { SdkAppid: "1499999999" }, { sdkAppId: undefined }],
  ])("if %s", (_why, query, changes) => {
    expect(unjudged(query, changes).mayBecomeEvent).toBe(true);
  });
});

describe("An unjudged request cannot become an event", () => {
  test.each<[string, Query, Partial<Expectations>, string]>([
    ["its command is not forwarded", { CallbackCommand: SENT }, {}, REPORT],
    ["it belongs to another app", { SdkAppid: "1499999999" }, {}, REPORT],
    ["it is a Verify", {}, {}, "{}"],
    ["it is too large to be kept", {}, {}, "x".repeat(256 * 1024 + 1)],
  ])("if %s", (_why, query, changes, body) => {
    expect(unjudged(query, changes, body).mayBecomeEvent).toBe(false);
  });
});

function judgeRequest(rawQueryString: string, body: string | Buffer, changes: Partial<JudgeDependencies> = {}) {
  const encoded = Buffer.from(body).toString("base64");
  const invocation = { rawQueryString, body: encoded, isBase64Encoded: true, requestContext: REQUEST_CONTEXT };
  const receipt = { unixTime: REQUEST_TIME * 1000, monotonicTime: 0 };
  return new CallbackJudge({ environment: ENVIRONMENT, tokenStore: TOKEN_STORE, ...changes }).judge(
    invocation,
    receipt,
    0,
  );
}

describe("A refusal says whether to keep the callback, because its signature is Tencent's,", () => {
  const keptOf = async (...request: Parameters<typeof judgeRequest>) => {
    const judgement = await judgeRequest(...request);
    if (judgement.verdict !== "refused") throw new Error(`the request was ${judgement.verdict}`);
    const { signed } = judgement;
    if (signed) expect(signed.request.body).toEqual(Buffer.from(request[1]));
    return signed && (signed.isAuthenticated ? "verified" : "unverified");
  };

  test.each(ANSWERS.filter(({ reason }) => reason !== undefined))(
    "when the endpoint $behaviour",
    async ({ query, body, kept }) => {
      expect(await keptOf(query(REQUEST_TIME), body)).toBe(kept);
      // Without a signature anyone could fill the log.
      const unsigned = await judgeRequest(query(REQUEST_TIME), body, { tokenStore: undefined });
      expect(unsigned).not.toMatchObject({ signed: expect.anything() });
    },
  );

  test.each<[string, Query, string[], "verified" | undefined]>([
    ["is forwarded", { CallbackCommand: SENT }, ["C2C.*"], "verified"],
    ["is not forwarded", { CallbackCommand: SENT }, ["Group.*"], undefined],
    ["is a before-callback that is forwarded", { CallbackCommand: BEFORE }, [BEFORE], "verified"],
    ["is a before-callback that is not forwarded", { CallbackCommand: BEFORE }, ["C2C.*"], undefined],
    ["is not named by the query", { CallbackCommand: undefined }, [], "verified"],
  ])("when its command %s", async (_what, query, names, kept) => {
    const environment = { ...ENVIRONMENT, forwarding: createForwarding(names) };
    expect(await keptOf(signedQuery(REQUEST_TIME, query), "{", { environment })).toBe(kept);
  });

  test("unless it is a Verify, which becomes no event: npm run doctor sends such with an old signature", async () => {
    for (const body of ["", "{}"]) expect(await keptOf(signedQuery(REQUEST_TIME - 3_600), body)).toBeUndefined();
  });
});

describe("A judgement", () => {
  const unreadable = async (): Promise<never> => {
    throw new AwsError("AccessDeniedException", "no");
  };
  const judge = (query: Query, body: string, tokenStore = TOKEN_STORE) =>
    judgeRequest(signedQuery(REQUEST_TIME, query), body, { tokenStore });

  test.each<[string, boolean, object | undefined, string]>([
    [READ_REPORT.CallbackCommand, false, undefined, REPORT],
    [SENT, false, undefined, JSON.stringify({ From_Account: "alice" })],
    [BEFORE, true, undefined, JSON.stringify({ From_Account: "alice" })],
    [FRIENDS, true, RESULT_ITEMS, FRIENDS_BODY],
  ])(
    "says whether a user waits for the reply to %s, whether or not the callback could be judged",
    async (CallbackCommand, isUserWaiting, resultItems, body) => {
      const expected = { isUserWaiting, resultItems };
      const store = { ...TOKEN_STORE, currentToken: unreadable };
      expect(await judge({ CallbackCommand }, body)).toMatchObject({ verdict: "accepted", ...expected });
      expect(await judge({ CallbackCommand }, body, store)).toMatchObject({ verdict: "unjudged", ...expected });
    },
  );

  test("says that no user waits for the reply to a Verify; a refusal says nothing about it", async () => {
    expect(await judge({}, "")).toMatchObject({ verdict: "accepted", isUserWaiting: false, event: undefined });
    expect(await judge({ Sign: "x" }, REPORT)).toMatchObject({ verdict: "refused" });
  });
});
