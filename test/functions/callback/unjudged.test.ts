import { describe, expect, test } from "vitest";
import { awsFault } from "../../../local/faulty-endpoint.ts";
import { READ_REPORT_COMMAND } from "../../../tencent/commands.ts";
import { nowInSeconds, OK, REPORT, signedQuery } from "../../support/callbacks.ts";
import { logged, parse, startFunction } from "../../support/function.ts";
import { ASKED, bodyOf, query, SENT } from "../../support/messages.ts";

const denied = () => awsFault(403, "AccessDeniedException");

describe("When a callback cannot be judged", () => {
  const FRIENDS = "Sns.CallbackPrevFriendAdd";
  const friends = JSON.stringify({ FriendItem: [{ To_Account: "bob" }] });
  const allowed = { ...OK, ResultItem: [{ To_Account: "bob", ResultCode: 0, ResultInfo: "" }] };

  test("because the token is unreadable, a before-callback is allowed, and parked if it is forwarded", async () => {
    const { start, post, secretsManager, messages, log } = await startFunction({ FORWARD: FRIENDS });
    secretsManager.fail = denied;
    await start();
    expect(parse((await post(query(ASKED), bodyOf(ASKED))).body)).toEqual(OK);
    expect(messages).toEqual([]);
    expect(parse((await post(query(FRIENDS), friends)).body)).toEqual(allowed);
    expect(messages.map(({ queueName }) => queueName)).toEqual(["standby"]);
    // Other callbacks get a 503, and requests that are invalid under any token are still refused.
    expect((await post(query(SENT), bodyOf(SENT))).statusCode).toBe(503);
    expect((await post(`${query(ASKED)}&Sign=x`, bodyOf(ASKED))).statusCode).toBe(400);
    expect((await post(signedQuery(nowInSeconds(), { CallbackCommand: ASKED, Sign: "x" }), "")).statusCode).toBe(401);
    expect((await log()).length).toBeGreaterThan(0);
  });

  test("nor parked, a before-callback is allowed, and logged if it is forwarded", async () => {
    const { start, post, secretsManager, sqs, log } = await startFunction({ FORWARD: FRIENDS });
    secretsManager.fail = denied;
    sqs.fail = denied;
    await start();
    expect(parse((await post(query(FRIENDS), friends)).body)).toEqual(allowed);
    // A user is waiting: unlike other requests, it is not retried.
    expect(sqs.calls.length).toBe(1);
    expect(parse((await post(query(FRIENDS), "no JSON")).body)).toEqual(OK);
    expect(parse((await post(query(ASKED), bodyOf(ASKED))).body)).toEqual(OK);
    expect(logged(await log(), "a request could not be judged")).toMatchObject([
      { request: { callbackCommand: FRIENDS, body: friends } },
      { request: { callbackCommand: FRIENDS, body: "no JSON" } },
    ]);
  });

  test("it is kept only if it may become an event, which leaves room for read reports", async () => {
    const { start, post, secretsManager, messages, sqs, log } = await startFunction({ FORWARD: SENT });
    secretsManager.fail = denied;
    await start();
    for (let count = 0; count < 301; count += 1) {
      expect((await post(query("State.StateChange"), bodyOf("State.StateChange"))).statusCode).toBe(503);
    }
    await Promise.all(
      [SENT, READ_REPORT_COMMAND, undefined, ""].map((CallbackCommand) =>
        post(signedQuery(nowInSeconds(), { CallbackCommand }), REPORT),
      ),
    );
    expect(messages.map(({ queueName }) => queueName)).toEqual(["standby", "standby", "standby", "standby"]);
    sqs.fail = denied;
    await post(query("State.StateChange"), bodyOf("State.StateChange"));
    expect(logged(await log(), "a request could not be judged")).toEqual([]);
  });

  test("its body is parsed for the reply only up to the limit, so a larger one gets no verdict on each account", async () => {
    const { start, post, secretsManager } = await startFunction({ FORWARD: FRIENDS });
    secretsManager.fail = denied;
    await start();
    const sized = (bytes: number) => friends.replace("{", `{"Padding":"${"x".repeat(bytes - friends.length - 13)}",`);
    expect(sized(64 * 1024).length).toBe(64 * 1024);
    expect(parse((await post(query(FRIENDS), sized(64 * 1024))).body)).toEqual(allowed);
    expect(parse((await post(query(FRIENDS), sized(64 * 1024 + 1))).body)).toEqual(OK);
  });

  test("because the configuration is invalid, it is logged only if its command may be forwarded", async () => {
    const loggedWith = async (FORWARD: string) => {
      const { post, log } = await startFunction({ FORWARD, CLOCK_SKEW_SECONDS: "soon" });
      for (const command of [SENT, "State.StateChange", READ_REPORT_COMMAND])
        await post(query(command), bodyOf(command));
      const lines = logged(await log(), "a request could not be judged");
      return lines.map((line) => (line["request"] as { callbackCommand: string }).callbackCommand);
    };
    expect(await loggedWith("")).toEqual([READ_REPORT_COMMAND]);
    expect(await loggedWith(SENT)).toEqual([SENT, READ_REPORT_COMMAND]);
    expect(await loggedWith("Group")).toEqual([SENT, "State.StateChange", READ_REPORT_COMMAND]);
  });

  test.each([
    ["token", 0],
    ["none", 1],
  ])(
    "because the configuration is invalid, an unsigned one is logged with the authentication %s %i times",
    async (AUTHENTICATION, times) => {
      const { post, log } = await startFunction({ AUTHENTICATION, CLOCK_SKEW_SECONDS: "soon" });
      expect((await post(signedQuery(nowInSeconds(), { Sign: undefined }), REPORT)).statusCode).toBe(503);
      expect(logged(await log(), "a request could not be judged").length).toBe(times);
    },
  );

  test("because the list of commands to forward is malformed, it is logged, and allowed if it is a before-callback", async () => {
    const { post, log } = await startFunction({ FORWARD: "everything" });
    expect(parse((await post(query(FRIENDS), friends)).body)).toEqual(allowed);
    expect((await post(query(SENT), bodyOf(SENT))).statusCode).toBe(503);
    expect(logged(await log(), "a request could not be judged")).toMatchObject([
      {
        error: expect.stringContaining("FORWARD is 'everything'"),
        request: { callbackCommand: FRIENDS, body: friends },
      },
      {
        error: expect.stringContaining("FORWARD is 'everything'"),
        request: { callbackCommand: SENT, body: bodyOf(SENT) },
      },
    ]);
  });
});
