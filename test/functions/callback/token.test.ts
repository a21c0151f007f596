import { describe, expect, test } from "vitest";
import { awsFault } from "../../../local/faulty-endpoint.ts";
import { sign } from "../../../tencent/signature.ts";
import { LOGGED_PARAMETERS, nowInSeconds, REPORT, signedQuery, TOKEN } from "../../support/callbacks.ts";
import { logged, parse, startFunction } from "../../support/function.ts";

describe("The token", () => {
  test("is read at start-up, and not again for the callbacks that follow", async () => {
    const { start, post, secretsManager } = await startFunction();
    await start();
    for (let count = 0; count < 3; count += 1) await post(signedQuery(nowInSeconds()), REPORT);
    expect(secretsManager.calls.map(({ input }) => input["VersionStage"])).toEqual(["AWSCURRENT"]);
  });

  test("is read again when a signature does not match, but not for every wrong signature", async () => {
    const { start, post, secretsManager, messages } = await startFunction();
    await start();
    for (let count = 0; count < 5; count += 1) {
      expect((await post(signedQuery(nowInSeconds(), {}, "wrong"), REPORT)).statusCode).toBe(401);
    }
    const versions = secretsManager.calls.map(({ input }) => input["VersionStage"]);
    expect(versions).toEqual(["AWSCURRENT", "AWSCURRENT", "AWSPREVIOUS"]);
    expect(messages).toEqual([]);
  });

  test("is not read again for a genuine signature that has expired", async () => {
    const { start, post, secretsManager } = await startFunction();
    await start();
    expect((await post(signedQuery(nowInSeconds() - 3600), REPORT)).statusCode).toBe(401);
    expect(secretsManager.calls.length).toBe(1);
  });

  test("that changed is accepted from the first callback on, together with the old one", async () => {
    const { start, post, secretsManager } = await startFunction();
    await start();
    secretsManager.fail = ({ input }) => {
      const SecretString = input["VersionStage"] === "AWSCURRENT" ? "new" : TOKEN;
      return { status: 200, body: JSON.stringify({ SecretString, CreatedDate: Date.now() / 1000 }) };
    };
    expect((await post(signedQuery(nowInSeconds(), {}, "new"), REPORT)).statusCode).toBe(200);
    expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
    expect((await post(signedQuery(nowInSeconds(), {}, "other"), REPORT)).statusCode).toBe(401);
  });
});

describe("When the token cannot be read", () => {
  const denied = () => awsFault(400, "AccessDeniedException");

  test("a request is parked as received with a 503", async () => {
    const { start, post, secretsManager, messages, log } = await startFunction();
    secretsManager.fail = denied;
    await start();
    const query = signedQuery(nowInSeconds());
    const before = Date.now();
    expect((await post(query, REPORT)).statusCode).toBe(503);
    expect(messages.map(({ queueName }) => queueName)).toEqual(["standby"]);
    const parked = parse(messages[0]?.body ?? "") as { parkedRequest: Record<string, string>; receivedAt: number };
    expect(parked.parkedRequest["rawQueryString"]).toBe(query);
    expect(Buffer.from(parked.parkedRequest["body"] ?? "", "base64").toString()).toBe(REPORT);
    expect(parked.receivedAt).toBeGreaterThanOrEqual(before);
    expect((await log()).join("\n")).not.toContain(sign(TOKEN, new URLSearchParams(query).get("RequestTime") ?? ""));
  });

  test("the first request tries again, but not every one that follows", async () => {
    const { start, post, secretsManager, messages } = await startFunction();
    secretsManager.fail = denied;
    await start();
    for (let count = 0; count < 5; count += 1) {
      expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(503);
    }
    expect(messages.length).toBe(5);
    expect(secretsManager.calls.length).toBe(2);
  });

  test("a request whose body is too large is parked all the same, up to the size that is kept of a refused one", async () => {
    const { start, post, secretsManager, messages } = await startFunction();
    secretsManager.fail = denied;
    await start();
    for (const bytes of [256 * 1024, 256 * 1024 + 1]) {
      expect((await post(signedQuery(nowInSeconds()), "x".repeat(bytes))).statusCode).toBe(503);
    }
    expect(messages.map(({ queueName }) => queueName)).toEqual(["standby"]);
  });

  test("a request that is invalid under any token is still refused", async () => {
    const { start, post, secretsManager, messages } = await startFunction();
    secretsManager.fail = denied;
    await start();
    expect((await post("", REPORT)).statusCode).toBe(401);
    expect((await post(`${signedQuery(nowInSeconds())}&Sign=2`, REPORT)).statusCode).toBe(400);
    expect((await post(signedQuery(nowInSeconds(), { Sign: "short" }), REPORT)).statusCode).toBe(401);
    expect(messages).toEqual([]);
  });

  test("a signature that matches no known token is not refused, because the token may have changed", async () => {
    const { start, post, secretsManager, messages, log } = await startFunction();
    await start();
    secretsManager.fail = denied;
    const query = signedQuery(nowInSeconds(), {}, "a new token");
    for (let count = 0; count < 2; count += 1) expect((await post(query, REPORT)).statusCode).toBe(503);
    expect(messages.map(({ queueName }) => queueName)).toEqual(["standby", "standby"]);
    // One at start-up, and one attempt since.
    expect(secretsManager.calls.length).toBe(2);
    expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
    expect(logged(await log(), "the token could not be read")).toMatchObject([
      { level: "ERROR", error: "AccessDeniedException: GetSecretValue 400 made to fail" },
      { level: "ERROR" },
    ]);
  });

  test("and standby fails, the reply is 503 and the request is logged without its signature", async () => {
    const { start, post, secretsManager, sqs, log } = await startFunction();
    secretsManager.fail = denied;
    sqs.fail = denied;
    await start();
    const query = signedQuery(nowInSeconds());
    expect((await post(query, REPORT)).statusCode).toBe(503);
    const [line] = logged(await log(), "a request could not be judged");
    expect(line).toMatchObject({
      level: "ERROR",
      request: { authenticated: false, receivedAt: expect.any(String), ...LOGGED_PARAMETERS, body: REPORT },
    });
    expect((await log()).join("\n")).not.toContain(new URLSearchParams(query).get("Sign"));
    expect(line?.["request"]).not.toHaveProperty("clientIp");
  });

  test("and standby fails until the request is logged, a late retry parks it", async () => {
    const { start, post, secretsManager, sqs, messages, lines, log } = await startFunction();
    secretsManager.fail = denied;
    const isLogged = () => logged(lines, "a request could not be judged").length > 0;
    sqs.fail = () => (isLogged() ? undefined : denied());
    await start();
    const query = signedQuery(nowInSeconds());
    // It is stored but still unjudged.
    expect((await post(query, REPORT)).statusCode).toBe(503);
    expect(messages.map(({ queueName }) => queueName)).toEqual(["standby"]);
    expect(parse(messages[0]?.body ?? "")).toMatchObject({ parkedRequest: { rawQueryString: query } });
    expect(logged(await log(), "a request was parked on a late retry")).toMatchObject([
      { level: "WARN", requestId: expect.any(String) },
    ]);
  });
});
