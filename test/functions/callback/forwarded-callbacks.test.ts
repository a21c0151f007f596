import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { jsonSchemaText } from "../../../bin/generate/json-schema.ts";
import { messageGroupId } from "../../../events/identity.ts";
import { parseChatEvent } from "../../../events/index.ts";
import { DOCUMENTED_CALLBACKS } from "../../../local/documented-callbacks.ts";
import { awsFault, type Call } from "../../../local/faulty-endpoint.ts";
import { isBeforeCallback, READ_REPORT_COMMAND } from "../../../tencent/commands.ts";
import { BEFORE_COMMANDS } from "../../support/before-commands.ts";
import { nowInSeconds, OK, REPORT, signedQuery } from "../../support/callbacks.ts";
import { logged, parse, startFunction } from "../../support/function.ts";
import { ASKED, bodyOf, MESSAGE, query, SENT } from "../../support/messages.ts";

const EVERYTHING = ["*", ...BEFORE_COMMANDS].join(",");
const denied = () => awsFault(403, "AccessDeniedException");
const toDestination = ({ input }: Call) => (String(input["QueueUrl"]).endsWith(".fifo") ? denied() : undefined);

describe("With every command forwarded", () => {
  test("each documented callback is queued as received, with its command and its message group", async () => {
    const { post, messages, sqs } = await startFunction({ FORWARD: EVERYTHING });
    const validate = new Ajv({ strictTypes: false }).compile(parse(jsonSchemaText()));
    for (const { command, shape, body } of DOCUMENTED_CALLBACKS) {
      const name = `${command}: ${shape}`;
      messages.length = 0;
      sqs.calls.length = 0;
      // The additional field makes each body unique: FIFO queues drop duplicates.
      const text = JSON.stringify({ ...body, Shape: shape });
      expect((await post(query(command), text)).statusCode, name).toBe(200);
      const event = parse(messages[0]?.body ?? "{}");
      expect(validate(event), name).toBe(true);
      expect(parseChatEvent(event)["detail-type"], name).toBe(command);
      if (command !== READ_REPORT_COMMAND) expect(messages[0]?.body, name).toContain(`"data":${text}}}`);
      expect(sqs.calls.at(-1)?.input["MessageGroupId"], name).toBe(messageGroupId(parseChatEvent(event)));
    }
  });

  test("the reply to a before-callback allows it, for each account if it lists accounts", async () => {
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

describe("The client of a forwarded callback", () => {
  test("is left out of the event if the operator excludes it", async () => {
    const { post, messages } = await startFunction({ FORWARD: SENT, INCLUDE_CLIENT_IP: "false" });
    await post(query(SENT), bodyOf(SENT));
    const { metadata } = (parse(messages[0]?.body ?? "{}") as { detail: { metadata: object } }).detail;
    expect(metadata).toMatchObject({ optPlatform: "iOS" });
    expect(metadata).not.toHaveProperty("clientIp");
  });
});

describe("A callback becomes no event", () => {
  test("by default, unless it is a read report", async () => {
    const { post, messages, log } = await startFunction();
    const others = DOCUMENTED_CALLBACKS.filter(({ command }) => command !== READ_REPORT_COMMAND);
    for (const { command, body } of others) {
      expect((await post(query(command), JSON.stringify(body))).statusCode, command).toBe(200);
    }
    expect(messages).toEqual([]);
    expect((await log()).some((line) => line.includes('"NotStored"'))).toBe(false);
  });

  test("if it is a before-callback that only a wildcard matches", async () => {
    const { post, messages } = await startFunction({ FORWARD: "*" });
    for (const { command, body } of DOCUMENTED_CALLBACKS.filter(({ command }) => isBeforeCallback(command))) {
      expect((await post(query(command), JSON.stringify(body))).statusCode, command).toBe(200);
    }
    expect((await post(query("New.CallbackBeforeAll"), bodyOf("New.CallbackBeforeAll"))).statusCode).toBe(200);
    expect(messages).toEqual([]);
  });

  test("if its body is empty, as a Verify's is, or if it is refused", async () => {
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

  test("if its command is malformed, because EventBridge would reject it", async () => {
    const { post, messages } = await startFunction({ FORWARD: "*" });
    for (const command of ["*", "C2C", `C2C.${"x".repeat(200)}`, "C2C.<b>"]) {
      expect((await post(query(command), JSON.stringify(MESSAGE))).statusCode).toBe(200);
    }
    expect(messages).toEqual([]);
  });
});

describe("A forwarded callback that arrives again", () => {
  test("gets OK again, and the queue drops its event, even if the order of its fields differs", async () => {
    const { post, messages } = await startFunction({ FORWARD: SENT });
    for (const body of [bodyOf(SENT), JSON.stringify({ ...MESSAGE, CallbackCommand: SENT })]) {
      expect((await post(query(SENT), body)).statusCode).toBe(200);
    }
    expect(messages.map(({ dropped }) => dropped)).toEqual([false, true]);
  });
});

describe("When neither the destination nor standby accepts an event", () => {
  test("an after-callback gets a 503 and is logged", async () => {
    const { post, sqs, log } = await startFunction({ FORWARD: "C2C.*" });
    sqs.fail = denied;
    expect((await post(query(SENT), bodyOf(SENT))).statusCode).toBe(503);
    expect(logged(await log(), "an event could not be stored")).toMatchObject([
      { event: { "detail-type": SENT, detail: { data: MESSAGE } } },
    ]);
  });

  test("a before-callback is still allowed, and is logged and counted", async () => {
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

  test("a before-callback that lists accounts is still allowed for each of them", async () => {
    const command = "Sns.CallbackPrevFriendAdd";
    const { post, sqs } = await startFunction({ FORWARD: command });
    sqs.fail = denied;
    const { body } = await post(query(command), JSON.stringify({ FriendItem: [{ To_Account: "bob" }] }));
    expect(parse(body)).toEqual({ ...OK, ResultItem: [{ To_Account: "bob", ResultCode: 0, ResultInfo: "" }] });
  });
});

describe("When only the destination fails", () => {
  test.each([SENT, ASKED])("%s goes to standby", async (command) => {
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
    ["of one byte more is refused", SENT, SENT, 256, 1, 413],
    ["of 64 KiB that is not forwarded is acknowledged", "Group.*", SENT, 64, 0, 200],
    ["of one byte more that is not forwarded is refused", "Group.*", SENT, 64, 1, 413],
    ["of a before-callback that only a wildcard matches is refused above 64 KiB", "*", ASKED, 64, 1, 413],
    ["of a before-callback that the list names may have 256 KiB", ASKED, ASKED, 256, 0, 200],
    ["of a read report is refused above 64 KiB, whatever is forwarded", "*", READ_REPORT_COMMAND, 64, 1, 413],
  ])("%s", async (_what, FORWARD, command, kibibytes, more, status) => {
    const { post, messages } = await startFunction({ FORWARD });
    const { statusCode, body } = await post(query(command), sized(command, kibibytes, more));
    expect(statusCode).toBe(status);
    if (status === 413) expect(parse(body)["ErrorInfo"]).toBe(`the body is larger than ${kibibytes} KiB`);
    expect(messages.length > 0).toBe(status === 200 && FORWARD === command);
  });

  test("full of characters that SQS rejects arrives intact, although escapes double the size of its event", async () => {
    const { post, messages } = await startFunction({ FORWARD: SENT });
    const Text = "\uFFFF".repeat(80 * 1024);
    expect((await post(query(SENT), bodyOf(SENT, { Text }))).statusCode).toBe(200);
    expect(parse(messages[0]?.body ?? "{}")).toMatchObject({ detail: { data: { ...MESSAGE, Text } } });
  });

  test("is parked up to the same size while the token cannot be read", async () => {
    const { start, post, secretsManager, messages, log } = await startFunction({ FORWARD: SENT });
    secretsManager.fail = denied;
    await start();
    expect((await post(query(SENT), sized(SENT, 256))).statusCode).toBe(503);
    expect((await post(query(SENT), sized(SENT, 256, 1))).statusCode).toBe(503);
    expect(messages.map(({ queueName }) => queueName)).toEqual(["standby"]);
    expect((await log()).length).toBeGreaterThan(0);
  });

  const bodiesIn = (lines: string[], message: string) =>
    logged(lines, message).map((line) => (line["request"] as { body: string }).body);

  test("is logged up to the same size if it cannot be parked either", async () => {
    const { start, post, sqs, secretsManager, log } = await startFunction({ FORWARD: SENT });
    secretsManager.fail = denied;
    sqs.fail = denied;
    await start();
    expect((await post(query(SENT), sized(SENT, 256))).statusCode).toBe(503);
    expect((await post(query(SENT), sized(SENT, 256, 1))).statusCode).toBe(503);
    expect(bodiesIn(await log(), "a request could not be judged")).toEqual([sized(SENT, 256)]);
  });

  test("is logged up to the same size after an internal error", async () => {
    const { invoke, log } = await startFunction({ FORWARD: SENT });
    // Lambda's console sends such an event: without the context that API Gateway adds.
    const request = { rawQueryString: query(SENT), isBase64Encoded: false };
    for (const body of [sized(SENT, 256), sized(SENT, 256, 1)]) await invoke({ ...request, body });
    expect(bodiesIn(await log(), "a request could not be judged")).toEqual([sized(SENT, 256)]);
  });

  test("is logged up to the same size while the list of commands to forward is malformed", async () => {
    const { post, log } = await startFunction({ FORWARD: "Group" });
    expect((await post(query(SENT), sized(SENT, 256))).statusCode).toBe(503);
    expect((await post(query(SENT), sized(SENT, 256, 1))).statusCode).toBe(503);
    const lines = await log();
    expect(bodiesIn(lines, "a request could not be judged")).toEqual([sized(SENT, 256)]);
  });
});

describe("A malformed list of commands to forward", () => {
  test("makes the configuration invalid: callbacks get a 503 and are logged", async () => {
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
  test("is measured for read reports only: the EventTime of others is a string, in seconds, or missing", async () => {
    const { post, log } = await startFunction({ FORWARD: "*" });
    await post(query(SENT), bodyOf(SENT, { EventTime: 1 }));
    const [metrics] = logged(await log(), "metrics");
    expect(metrics).toMatchObject({ Accepted: 1 });
    expect(metrics).not.toHaveProperty("Lag");
  });
});
