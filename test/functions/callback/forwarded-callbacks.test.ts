import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { jsonSchemaText } from "../../../bin/generate/json-schema.ts";
import { messageGroupId } from "../../../events/identity.ts";
import { parseChatEvent } from "../../../events/index.ts";
import { awsFault, type Call } from "../../../local/faulty-endpoint.ts";
import { isBeforeCallback, READ_REPORT_COMMAND } from "../../../tencent/commands.ts";
import { nowInSeconds, OK, REPORT, signedQuery } from "../../support/callbacks.ts";
import { BEFORE_COMMANDS, DOCUMENTED_CALLBACKS } from "../../support/documented-callbacks.ts";
import { logged, parse, startFunction } from "../../support/function.ts";
import { ASKED, bodyOf, MESSAGE, query, SENT } from "../../support/messages.ts";

const EVERYTHING = ["*", ...BEFORE_COMMANDS].join(",");
const denied = () => awsFault(403, "AccessDeniedException");
const toDestination = ({ input }: Call) => (String(input["QueueUrl"]).endsWith(".fifo") ? denied() : undefined);

describe("With everything forwarded", () => {
  test("each documented callback lies in the queue as it came, with its command, within its group", async () => {
    const { post, messages, sqs } = await startFunction({ FORWARD: EVERYTHING });
    const validate = new Ajv({ strictTypes: false }).compile(parse(jsonSchemaText()));
    for (const { command, shape, body } of DOCUMENTED_CALLBACKS) {
      const name = `${command}: ${shape}`;
      messages.length = 0;
      sqs.calls.length = 0;
      // Different every time, as FIFO queues drop what is the same; a field more is nothing to anybody.
      const text = JSON.stringify({ ...body, Shape: shape });
      expect((await post(query(command), text)).statusCode, name).toBe(200);
      const event = parse(messages[0]?.body ?? "{}");
      expect(validate(event), name).toBe(true);
      expect(parseChatEvent(event)["detail-type"], name).toBe(command);
      if (command !== READ_REPORT_COMMAND) expect(messages[0]?.body, name).toContain(`"data":${text}}}`);
      expect(sqs.calls.at(-1)?.input["MessageGroupId"], name).toBe(messageGroupId(parseChatEvent(event)));
    }
  });

  test("the reply to a before-callback allows it, to each account if it asks for several", async () => {
    const { post } = await startFunction({ FORWARD: EVERYTHING });
    for (const command of BEFORE_COMMANDS) {
      const { statusCode, body } = await post(
        query(command),
        JSON.stringify({ FriendItem: [{ To_Account: "bob" }], ResponseFriendItem: [{ To_Account: "bob" }] }),
      );
      const ResultItem = [{ To_Account: "bob", ResultCode: 0, ResultInfo: "" }];
      expect({ statusCode, ...parse(body) }).toEqual({
        statusCode: 200,
        ...OK,
        ...(command.startsWith("Sns.") && { ResultItem }),
      });
    }
  });
});

describe("A callback's client", () => {
  test("is not named when the operator does not want it", async () => {
    const { post, messages } = await startFunction({ FORWARD: SENT, INCLUDE_CLIENT_IP: "false" });
    await post(query(SENT), bodyOf(SENT));
    const { metadata } = (parse(messages[0]?.body ?? "{}") as { detail: { metadata: object } }).detail;
    expect(metadata).toMatchObject({ optPlatform: "iOS" });
    expect(metadata).not.toHaveProperty("clientIp");
  });
});

describe("What is not forwarded", () => {
  test("is everything but the read report, by default", async () => {
    const { post, messages, log } = await startFunction();
    const others = DOCUMENTED_CALLBACKS.filter(({ command }) => command !== READ_REPORT_COMMAND);
    for (const { command, body } of others) {
      expect((await post(query(command), JSON.stringify(body))).statusCode, command).toBe(200);
    }
    expect(messages).toEqual([]);
    expect((await log()).some((line) => line.includes('"NotStored"'))).toBe(false);
  });

  test("is a before-callback that only a wildcard would name", async () => {
    const { post, messages } = await startFunction({ FORWARD: "*" });
    for (const { command, body } of DOCUMENTED_CALLBACKS.filter(({ command }) => isBeforeCallback(command))) {
      expect((await post(query(command), JSON.stringify(body))).statusCode, command).toBe(200);
    }
    expect((await post(query("New.CallbackBeforeAll"), bodyOf("New.CallbackBeforeAll"))).statusCode).toBe(200);
    expect(messages).toEqual([]);
  });

  test("is a callback without a body, as Verify sends it, and one whose body is another command's", async () => {
    const { post, messages } = await startFunction({ FORWARD: "*" });
    expect((await post(query(SENT), "{}")).statusCode).toBe(200);
    expect((await post(query(SENT), bodyOf("Group.CallbackAfterSendMsg"))).statusCode).toBe(400);
    expect((await post(query(SENT), '{"CallbackCommand":5}')).statusCode).toBe(400);
    expect((await post(query(SENT), "[1]")).statusCode).toBe(400);
    expect((await post(signedQuery(nowInSeconds(), { CallbackCommand: SENT }, "wrong"), bodyOf(SENT))).statusCode).toBe(
      401,
    );
    expect(messages).toEqual([]);
  });

  test("is a name that no command can have, which EventBridge would not take", async () => {
    const { post, messages } = await startFunction({ FORWARD: "*" });
    for (const command of ["*", "C2C", `C2C.${"x".repeat(200)}`, "C2C.<b>"]) {
      expect((await post(query(command), JSON.stringify(MESSAGE))).statusCode).toBe(200);
    }
    expect(messages).toEqual([]);
  });
});

describe("The same callback again", () => {
  test("is answered OK again, and the queue drops it, also with its fields in another order", async () => {
    const { post, messages } = await startFunction({ FORWARD: SENT });
    for (const body of [bodyOf(SENT), JSON.stringify({ ...MESSAGE, CallbackCommand: SENT })]) {
      expect((await post(query(SENT), body)).statusCode).toBe(200);
    }
    expect(messages.map(({ dropped }) => dropped)).toEqual([false, true]);
  });
});

describe("When neither the destination nor standby takes an event", () => {
  test("an after-callback is answered 503, and stands in the log", async () => {
    const { post, sqs, log } = await startFunction({ FORWARD: "C2C.*" });
    sqs.fail = denied;
    expect((await post(query(SENT), bodyOf(SENT))).statusCode).toBe(503);
    expect(logged(await log(), "an event could not be stored")).toMatchObject([
      { event: { "detail-type": SENT, detail: { data: MESSAGE } } },
    ]);
  });

  test("a before-callback is allowed all the same, stands in the log and is counted", async () => {
    const { post, sqs, messages, log } = await startFunction({ FORWARD: ASKED });
    sqs.fail = denied;
    const { statusCode, body } = await post(query(ASKED), bodyOf(ASKED));
    expect({ statusCode, ...parse(body) }).toEqual({ statusCode: 200, ...OK });
    expect(messages).toEqual([]);
    const lines = await log();
    expect(logged(lines, "an event could not be stored")).toMatchObject([
      { event: { "detail-type": ASKED, detail: { data: MESSAGE } } },
    ]);
    expect(logged(lines, "metrics")).toMatchObject([{ NotStored: 1 }]);
  });

  test("a before-callback whose answer lists accounts lists them all the same", async () => {
    const command = "Sns.CallbackPrevFriendAdd";
    const { post, sqs } = await startFunction({ FORWARD: command });
    sqs.fail = denied;
    const { body } = await post(query(command), JSON.stringify({ FriendItem: [{ To_Account: "bob" }] }));
    expect(parse(body)).toEqual({ ...OK, ResultItem: [{ To_Account: "bob", ResultCode: 0, ResultInfo: "" }] });
  });
});

describe("When the destination alone fails", () => {
  test.each([SENT, ASKED])("%s waits on standby", async (command) => {
    const { post, sqs, messages } = await startFunction({ FORWARD: command });
    sqs.fail = toDestination;
    expect((await post(query(command), bodyOf(command))).statusCode).toBe(200);
    expect(messages.map(({ queueName }) => queueName)).toEqual(["standby"]);
    expect(parse(messages[0]?.body ?? "{}")).toMatchObject({ "detail-type": command, detail: { data: MESSAGE } });
  });
});

describe("A body", () => {
  const sized = (command: string, kibibytes: number, more = 0) => {
    const padding = kibibytes * 1024 + more - bodyOf(command, { Padding: "" }).length;
    return bodyOf(command, { Padding: "x".repeat(padding) });
  };

  test.each([
    ["of 256 KiB is forwarded", SENT, SENT, 256, 0, 200],
    ["of a byte more is refused", SENT, SENT, 256, 1, 413],
    ["of 64 KiB that is not forwarded is acknowledged", "Group.*", SENT, 64, 0, 200],
    ["of a byte more that is not forwarded is refused", "Group.*", SENT, 64, 1, 413],
    ["of a before-callback that a wildcard leaves out is refused beyond 64 KiB", "*", ASKED, 64, 1, 413],
    ["of a before-callback that is named may have 256 KiB", ASKED, ASKED, 256, 0, 200],
    ["of a read report is refused beyond 64 KiB, whatever is forwarded", "*", READ_REPORT_COMMAND, 64, 1, 413],
  ])("%s", async (_what, FORWARD, command, kibibytes, more, status) => {
    const { post, messages } = await startFunction({ FORWARD });
    const { statusCode, body } = await post(query(command), sized(command, kibibytes, more));
    expect(statusCode).toBe(status);
    if (status === 413) expect(parse(body)["ErrorInfo"]).toBe(`the body is larger than ${kibibytes} KiB`);
    expect(messages.length > 0).toBe(status === 200 && FORWARD === command);
  });

  test("full of characters that SQS does not take arrives whole: its event is twice as large", async () => {
    const { post, messages } = await startFunction({ FORWARD: SENT });
    const Text = "\uFFFF".repeat(80 * 1024);
    expect((await post(query(SENT), bodyOf(SENT, { Text }))).statusCode).toBe(200);
    expect(parse(messages[0]?.body ?? "{}")).toMatchObject({ detail: { data: { ...MESSAGE, Text } } });
  });

  test("is parked up to the same size while the token can't be read", async () => {
    const { start, post, secretsManager, messages, log } = await startFunction({ FORWARD: SENT });
    secretsManager.fail = denied;
    await start();
    expect((await post(query(SENT), sized(SENT, 256))).statusCode).toBe(503);
    expect((await post(query(SENT), sized(SENT, 256, 1))).statusCode).toBe(503);
    expect((await post(query(READ_REPORT_COMMAND), sized(READ_REPORT_COMMAND, 64, 1))).statusCode).toBe(503);
    expect(messages.map(({ queueName }) => queueName)).toEqual(["standby"]);
    expect((await log()).length).toBeGreaterThan(0);
  });

  const bodiesIn = (lines: string[], message: string) =>
    logged(lines, message).map((line) => (line["request"] as { body: string }).body);

  test("stands in the log up to the same size when it can't be parked either", async () => {
    const { start, post, sqs, secretsManager, log } = await startFunction({ FORWARD: SENT });
    secretsManager.fail = denied;
    sqs.fail = denied;
    await start();
    expect((await post(query(SENT), sized(SENT, 256))).statusCode).toBe(503);
    expect((await post(query(SENT), sized(SENT, 256, 1))).statusCode).toBe(503);
    expect(bodiesIn(await log(), "a request could not be judged")).toEqual([sized(SENT, 256)]);
  });

  test("stands in the log up to the same size after an internal error", async () => {
    const { invoke, log } = await startFunction({ FORWARD: SENT });
    // As Lambda's console would send it: without the context that API Gateway adds.
    const request = { rawQueryString: query(SENT), isBase64Encoded: false };
    for (const body of [sized(SENT, 256), sized(SENT, 256, 1)]) await invoke({ ...request, body });
    expect(bodiesIn(await log(), "a request could not be judged")).toEqual([sized(SENT, 256)]);
  });

  test("stands in the log up to the same size while the configuration is invalid, whatever was to be forwarded", async () => {
    const { post, log } = await startFunction({ FORWARD: "Group" });
    expect((await post(query(SENT), sized(SENT, 256))).statusCode).toBe(503);
    expect((await post(query(SENT), sized(SENT, 256, 1))).statusCode).toBe(503);
    const lines = await log();
    expect(bodiesIn(lines, "a request could not be judged")).toEqual([sized(SENT, 256)]);
  });
});

describe("A list of commands that is malformed", () => {
  test("is a fault of the configuration: callbacks are answered 503 and stand in the log", async () => {
    const { post, log } = await startFunction({ FORWARD: "C2C.*,Group" });
    expect((await post(query(READ_REPORT_COMMAND), REPORT)).statusCode).toBe(503);
    const lines = await log();
    expect(logged(lines, "the configuration is invalid")).toMatchObject([
      { error: expect.stringContaining("FORWARD is 'C2C.*,Group': 'Group' is neither a command") },
    ]);
    expect(logged(lines, "a request could not be judged").length).toBe(1);
  });
});

describe("The lag of a callback", () => {
  test("is measured of read reports alone: what others call EventTime is a text, or seconds, or missing", async () => {
    const { post, log } = await startFunction({ FORWARD: "*" });
    await post(query(SENT), bodyOf(SENT, { EventTime: 1 }));
    const [metrics] = logged(await log(), "metrics");
    expect(metrics).toMatchObject({ Accepted: 1 });
    expect(metrics).not.toHaveProperty("Lag");
  });
});
