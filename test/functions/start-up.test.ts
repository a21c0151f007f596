import { describe, expect, test } from "vitest";
import { STANDBY_QUEUE } from "../../local/functions.ts";
import { LOGGED_PARAMETERS, nowInSeconds, REPORT, signedQuery } from "../support/callbacks.ts";
import { logged, parse, startFunction } from "../support/function.ts";

describe("Start-up", () => {
  test("succeeds while AWS is unreachable, and the function works as soon as AWS recovers", async () => {
    const { start, post, sqs, secretsManager, log, messages } = await startFunction();
    secretsManager.fail = () => "hang";
    sqs.fail = () => "hang";
    await start();
    secretsManager.fail = () => undefined;
    sqs.fail = () => undefined;
    expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
    expect(messages.length).toBe(1);
    const lines = await log();
    for (const message of ["no token at start", "no connection at start"]) {
      expect(logged(lines, message)).toMatchObject([
        { level: "WARN", error: expect.stringMatching(/^NetworkError: /) },
      ]);
    }
  });

  test("with an invalid configuration logs every problem; callbacks get a 503 and are logged", async () => {
    const { start, post, log, messages } = await startFunction({ SDK_APP_ID: "", CLOCK_SKEW_SECONDS: "soon" });
    await start();
    const query = signedQuery(nowInSeconds());
    const { statusCode, body } = await post(query, REPORT);
    expect(statusCode).toBe(503);
    expect(parse(body)).toEqual({ ActionStatus: "FAIL", ErrorCode: 1, ErrorInfo: "the endpoint is not configured" });
    const tooLarge = "x".repeat(256 * 1024 + 1);
    expect((await post(query, tooLarge)).statusCode).toBe(503);
    expect((await post(`${query}&Sign=2`, REPORT)).statusCode).toBe(503);
    const lines = await log();
    expect(logged(lines, "the configuration is invalid")).toMatchObject([
      {
        level: "ERROR",
        error:
          "SDK_APP_ID is missing; CLOCK_SKEW_SECONDS is 'soon': expected a whole number of seconds from 0 to 86400. " +
          "Deploy the stack again to restore its variables",
      },
    ]);
    expect(logged(lines, "a request could not be judged")).toEqual([
      expect.objectContaining({
        level: "ERROR",
        request: { authenticated: false, receivedAt: expect.any(String), ...LOGGED_PARAMETERS, body: REPORT },
      }),
    ]);
    expect(lines.join("\n")).not.toContain(new URLSearchParams(query).get("Sign"));
    expect(messages).toEqual([]);
  });

  test("with an invalid configuration leaves what is on standby there", async () => {
    const { queues, republish, messages } = await startFunction({ SDK_APP_ID: "" });
    await queues.send(STANDBY_QUEUE, REPORT);
    expect(await republish()).toEqual({ received: 1, failed: 1 });
    expect(messages.length).toBe(1);
  });
});
