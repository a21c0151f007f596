import { describe, expect, test } from "vitest";
import { SDK_APP_ID } from "../../simulation/app.ts";
import { ExistingHandler, HANDLER_URL } from "../../simulation/existing-handler.ts";
import { STARTS_AT } from "../../simulation/world.ts";
import { signedQuery } from "../../tencent/signed-query.ts";
import { createWorld } from "../support/simulated-world.ts";

const BEFORE = "C2C.CallbackBeforeSendMsg";
const AFTER = "C2C.CallbackAfterSendMsg";

/** How a request differs from a genuine one. */
interface Post {
  readonly token?: string;
  readonly command?: string;
  readonly key?: number;
  /** In seconds. */
  readonly age?: number;
  readonly sdkAppId?: string;
  readonly method?: string;
  readonly body?: string;
}

/** Posts a callback to the handler, which knows three tokens by now. */
function post(
  { token = "current", command = BEFORE, key = 1, age = 0, sdkAppId = SDK_APP_ID, ...request } = {} as Post,
) {
  const world = createWorld();
  for (const value of ["revoked", "previous", "current"]) world.history.tokens.push({ value, storedAt: STARTS_AT });
  const requestTime = STARTS_AT / 1_000 - age;
  const query = signedQuery({ sdkAppId, token, command, requestTime, requestId: "1" });
  const path = `${HANDLER_URL.pathname}?${query}`;
  const { method = "POST", body = JSON.stringify({ EventTime: key }) } = request;
  const usual = { host: HANDLER_URL.host, path, headers: {}, isReused: false };
  const { statusCode, text } = new ExistingHandler(world).answer({ ...usual, method, body });
  const { ActionStatus } = method === "POST" ? (JSON.parse(text) as { ActionStatus: string }) : { ActionStatus: "" };
  return { statusCode, ActionStatus, bytes: text.length };
}

describe("The existing handler", () => {
  test.each([
    ["the current token", { token: "current" }, 200],
    ["the previous token", { token: "previous" }, 200],
    ["a revoked token", { token: "revoked" }, 401],
    ["a token that nobody has", { token: "guess" }, 401],
    ["an old signature", { age: 61 }, 401],
    ["a signature of a minute ago", { age: 60 }, 200],
    ["another app's SDKAppID", { sdkAppId: "1499999999" }, 401],
  ])("verifies requests: with %s", (_what, request, statusCode) => {
    expect(post(request).statusCode).toBe(statusCode);
  });

  test.each([
    ["forbids one message in three", BEFORE, 3],
    ["does not accept one after-callback in ten", AFTER, 10],
  ])("%s", (_what, command, every) => {
    const statuses = Array.from({ length: 40 }, (_, key) => post({ command, key: key + 1 }).ActionStatus);
    expect(statuses.flatMap((status, index) => (status === "FAIL" ? [index + 1] : []))).toEqual(
      Array.from({ length: Math.floor(40 / every) }, (_, index) => (index + 1) * every),
    );
  });

  test("sometimes answers at greater length than is passed on", () => {
    expect([post({ key: 49 }).bytes < 100, post({ key: 50 }).bytes > 64 * 1024]).toEqual([true, true]);
  });

  test.each([
    ["400 to a body that is not JSON", { body: "{" }, 400],
    ["404 to the request that opens a connection", { method: "GET" }, 404],
  ])("answers %s", (_what, request, statusCode) => {
    expect(post(request).statusCode).toBe(statusCode);
  });
});
