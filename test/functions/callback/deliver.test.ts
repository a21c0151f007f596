import { describe, expect, test } from "vitest";
import { LOGGED_PARAMETERS, nowInSeconds, OK, READ_REPORT, REPORT, signedQuery } from "../../support/callbacks.ts";
import { awsFault, type Call, type Fault } from "../../support/faulty-endpoint.ts";
import { logged, parse, startFunction } from "../../support/function.ts";

const to = (queueName: string, fault: Fault) => (call: Call) =>
  String(call.input["QueueUrl"]).endsWith(queueName) ? fault : undefined;

describe("When the destination fails", () => {
  test.each<[string, Fault]>([
    ["hangs", "hang"],
    ["denies access", awsFault(403, "AccessDeniedException")],
    ["does not exist", awsFault(400, "QueueDoesNotExist")],
    ["answers 500", awsFault(500, "InternalFailure")],
  ])("and %s, the event goes to standby and OK is said", async (_how, fault) => {
    const { start, post, sqs, messages, log } = await startFunction();
    await start();
    sqs.fail = to("events.fifo", fault);
    const { statusCode, body } = await post(signedQuery(nowInSeconds()), REPORT);
    expect(statusCode).toBe(200);
    expect(parse(body)).toEqual(OK);
    expect(messages.map(({ queueName }) => queueName)).toEqual(["standby"]);
    expect(parse(messages[0]?.body ?? "")).toMatchObject({ detail: { data: READ_REPORT } });
    const lines = await log();
    expect(logged(lines, "the destination did not take an event").length).toBe(1);
    expect(logged(lines, "metrics")).toMatchObject([{ Accepted: 1, Standby: 1 }]);
  });

  test("time after time, each use of standby is counted at once", async () => {
    const { start, post, sqs, log } = await startFunction();
    await start();
    expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
    sqs.fail = to("events.fifo", awsFault(403, "AccessDeniedException"));
    for (let count = 0; count < 2; count += 1) await post(signedQuery(nowInSeconds()), REPORT);
    const written = logged(await log(), "metrics").map(({ Accepted, Standby }) => [Accepted, Standby]);
    expect(written).toEqual([
      [1, undefined],
      [1, 1],
      [1, 1],
    ]);
  });

  test("for a moment, the event is tried again, and a repeat is dropped by the queue", async () => {
    const { start, post, sqs, messages } = await startFunction();
    await start();
    const faults: Fault[] = ["reset-after"];
    sqs.fail = () => faults.shift();
    expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
    expect(messages.map(({ queueName, dropped }) => [queueName, dropped])).toEqual([
      ["events.fifo", false],
      ["events.fifo", true],
    ]);
  });

  test.each<[string, Fault]>([
    ["hanging", "hang"],
    ["refusing", awsFault(403, "AccessDeniedException")],
  ])(
    "with standby, both %s (row 14), 503 comes after Tencent's two seconds, and the whole event is in the log",
    async (_how, fault) => {
      const { start, post, sqs, messages, log } = await startFunction();
      await start();
      // The first line of metrics is written at once in any case.
      await post(signedQuery(nowInSeconds()), "");
      sqs.fail = () => fault;
      const startedAt = performance.now();
      const { statusCode, body } = await post(signedQuery(nowInSeconds()), REPORT);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(2_100);
      expect(statusCode).toBe(503);
      expect(parse(body)).toEqual({ ActionStatus: "FAIL", ErrorCode: 1, ErrorInfo: "the event could not be stored" });
      expect(messages).toEqual([]);
      const lines = await log();
      expect(logged(lines, "metrics")).toMatchObject([{ Acknowledged: 1 }, { NotStored: 1 }]);
      expect(logged(lines, "metrics")[1]).not.toHaveProperty("Accepted");
      // Trying goes on, but not in a tight loop.
      expect(sqs.calls.length).toBeLessThan(60);
      const lost = logged(lines, "an event could not be stored");
      expect(lost).toMatchObject([
        {
          level: "ERROR",
          timestamp: expect.any(String),
          event: { source: "tencent.chat", detail: { data: READ_REPORT } },
        },
      ]);
    },
  );

  test.each<[string, Fault, string]>([
    ["hanging", "hang", "events.fifo"],
    ["refusing", awsFault(403, "AccessDeniedException"), "events.fifo"],
    ["hanging", "hang", "standby"],
    ["refusing", awsFault(403, "AccessDeniedException"), "standby"],
  ])("with standby, both %s until the event is in the log, a late retry stores it", async (_how, fault, recovered) => {
    const { start, post, sqs, messages, lines, log } = await startFunction();
    await start();
    const isLogged = () => logged(lines, "an event could not be stored").length > 0;
    sqs.fail = (call) => (isLogged() && String(call.input["QueueUrl"]).endsWith(recovered) ? undefined : fault);
    expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
    expect(messages.map(({ queueName }) => queueName)).toEqual([recovered]);
    expect(logged(await log(), "an event was stored on a late retry").length).toBe(1);
  });
});

describe("The start", () => {
  test("does not fail when AWS can't be reached, and the function works as soon as it can", async () => {
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

  test("with a wrong configuration names all that is wrong; callbacks are answered 503 and stand in the log", async () => {
    const { start, post, log, messages } = await startFunction({ SDK_APP_ID: "", CLOCK_SKEW_SECONDS: "soon" });
    await start();
    const query = signedQuery(nowInSeconds());
    const { statusCode, body } = await post(query, REPORT);
    expect(statusCode).toBe(503);
    expect(parse(body)).toEqual({ ActionStatus: "FAIL", ErrorCode: 1, ErrorInfo: "the endpoint is not configured" });
    const tooLarge = "x".repeat(64 * 1024 + 1);
    expect((await post(query, tooLarge)).statusCode).toBe(503);
    expect((await post(`${query}&Sign=2`, REPORT)).statusCode).toBe(503);
    const lines = await log();
    expect(logged(lines, "the configuration is invalid")).toMatchObject([
      {
        level: "ERROR",
        error:
          "SDK_APP_ID is missing; CLOCK_SKEW_SECONDS is 'soon': expected a whole number of seconds from 0 to 86400",
      },
    ]);
    expect(logged(lines, "a callback was not processed: the configuration is invalid")).toEqual([
      expect.objectContaining({
        level: "ERROR",
        request: { authenticated: false, receivedAt: expect.any(String), ...LOGGED_PARAMETERS, body: REPORT },
      }),
    ]);
    expect(lines.join("\n")).not.toContain(new URLSearchParams(query).get("Sign"));
    expect(messages).toEqual([]);
  });
});
