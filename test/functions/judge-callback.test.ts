import { describe, expect, test } from "vitest";
import { NO_FORWARDING, parseForwarding } from "../../events/forwarding.ts";
import { AwsError } from "../../functions/aws/aws-error.ts";
import { CallbackJudge, type Expectations, leaveUnjudged } from "../../functions/judge-callback.ts";
import { decodeRequest } from "../../tencent/request.ts";
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
    ["it names no app, and the app is not known", { SdkAppid: undefined }, { sdkAppId: undefined }],
    ["the function does not know its own app", { SdkAppid: "1499999999" }, { sdkAppId: undefined }],
  ])("if %s", (_why, query, changes) => {
    expect(unjudged(query, changes).mayBecomeEvent).toBe(true);
  });
});

describe("An unjudged request cannot become an event", () => {
  test.each<[string, Query, Partial<Expectations>, string]>([
    ["its command is not forwarded", { CallbackCommand: SENT }, {}, REPORT],
    ["it belongs to another app", { SdkAppid: "1499999999" }, {}, REPORT],
    ["it names no app", { SdkAppid: undefined }, {}, REPORT],
    ["it is too large", {}, {}, "x".repeat(64 * 1024 + 1)],
  ])("if %s", (_why, query, changes, body) => {
    expect(unjudged(query, changes, body).mayBecomeEvent).toBe(false);
  });
});

describe("A judgement", () => {
  const unreadable = async (): Promise<never> => {
    throw new AwsError("AccessDeniedException", "no");
  };
  const judge = (query: Query, body: string, tokenStore = TOKEN_STORE) => {
    const invocation = {
      rawQueryString: signedQuery(REQUEST_TIME, query),
      body,
      isBase64Encoded: false,
      requestContext: REQUEST_CONTEXT,
    };
    return new CallbackJudge({ environment: ENVIRONMENT, tokenStore }).judge(
      invocation,
      { unixTime: REQUEST_TIME * 1000, monotonicTime: 0 },
      0,
    );
  };

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
