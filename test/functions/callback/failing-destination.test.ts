import { describe, expect, test } from "vitest";
import { awsFault, type Call, type Fault } from "../../../local/faulty-endpoint.ts";
import { nowInSeconds, OK, READ_REPORT, REPORT, signedQuery } from "../../support/callbacks.ts";
import { logged, parse, startFunction } from "../../support/function.ts";

const to = (queueName: string, fault: Fault) => (call: Call) =>
  String(call.input["QueueUrl"]).endsWith(queueName) ? fault : undefined;

describe("When the destination", () => {
  test.each<[string, Fault]>([
    ["hangs", "hang"],
    ["denies access", awsFault(403, "AccessDeniedException")],
    ["does not exist", awsFault(400, "QueueDoesNotExist")],
    ["answers 500", awsFault(500, "InternalFailure")],
  ])("%s, the event goes to standby and the reply is OK", async (_how, fault) => {
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

  test("fails repeatedly, each use of standby is counted immediately", async () => {
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

  test("fails once, the event is sent again, and the queue drops the duplicate", async () => {
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

  test("and standby fail, the reply is 503 and the whole event is logged", async () => {
    const { start, post, sqs, messages, log } = await startFunction();
    await start();
    // An environment always writes its first metrics immediately, so these come before the failure.
    await post(signedQuery(nowInSeconds()), "");
    sqs.fail = () => awsFault(403, "AccessDeniedException");
    const { statusCode, body } = await post(signedQuery(nowInSeconds()), REPORT);
    expect(statusCode).toBe(503);
    expect(parse(body)).toEqual({ ActionStatus: "FAIL", ErrorCode: 1, ErrorInfo: "the event could not be stored" });
    expect(messages).toEqual([]);
    const lines = await log();
    expect(logged(lines, "metrics")).toMatchObject([{ Genuine: 1 }, { Genuine: 1, NotStored: 1 }]);
    expect(logged(lines, "metrics")[1]).not.toHaveProperty("Accepted");
    expect(logged(lines, "an event could not be stored")).toMatchObject([
      {
        level: "ERROR",
        timestamp: expect.any(String),
        event: { source: "tencent.chat", detail: { data: READ_REPORT } },
      },
    ]);
  });

  test("and standby fail until the event is logged, a late retry stores it and the reply is OK", async () => {
    const { start, post, sqs, messages, lines, log } = await startFunction();
    await start();
    const isLogged = () => logged(lines, "an event could not be stored").length > 0;
    sqs.fail = () => (isLogged() ? undefined : awsFault(403, "AccessDeniedException"));
    expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
    expect(new Set(messages.map(({ queueName }) => queueName))).toEqual(new Set(["events.fifo"]));
    expect(logged(await log(), "an event was stored on a late retry").length).toBe(1);
  });
});
