import { describe, expect, onTestFinished, test } from "vitest";
import type { ChatEvent } from "../../../events/chat-event.ts";
import { messageGroupId } from "../../../events/identity.ts";
import { startFaultyEndpoint } from "../../../local/faulty-endpoint.ts";
import {
  LOGGED_PARAMETERS,
  nowInSeconds,
  OK,
  READ_REPORT,
  REPORT,
  SDK_APP_ID,
  signedQuery,
  TOKEN,
} from "../../support/callbacks.ts";
import { logged, parse, startFunction } from "../../support/function.ts";

describe("A read report", () => {
  test("is stored as an event before the reply says OK", async () => {
    const { post, messages } = await startFunction();
    const before = Date.now();
    const { statusCode, headers, body } = await post(signedQuery(nowInSeconds()), REPORT);
    expect(statusCode).toBe(200);
    expect(headers).toEqual({ "content-type": "application/json" });
    expect(parse(body)).toEqual(OK);
    // On a busy machine the first call may time out and be retried; the queue drops the duplicate.
    const stored = messages.filter(({ dropped }) => !dropped);
    expect(stored.map(({ queueName }) => queueName)).toEqual(["events.fifo"]);
    const event = parse(stored[0]?.body ?? "");
    expect(event).toEqual({
      version: "0",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: "tencent.chat",
      "detail-type": "C2C.CallbackAfterMsgReport",
      account: "000000000000",
      region: "us-east-1",
      resources: [],
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      detail: {
        metadata: {
          schemaVersion: "1",
          deduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
          sdkAppId: SDK_APP_ID,
          requestId: "0f0e5f6a-3f53-4d0a-9d0f-2b9b3f3f0001",
          optPlatform: "iOS",
          clientIp: "203.0.113.7",
          authentication: "token",
          receivedAt: expect.any(String),
        },
        data: READ_REPORT,
      },
    });
    const { time, detail } = event as { time: string; detail: { metadata: { receivedAt: string } } };
    expect(Date.parse(detail.metadata.receivedAt)).toBeGreaterThanOrEqual(before);
    expect(time.slice(0, -1)).toBe(detail.metadata.receivedAt.slice(0, 19));
  });

  test("that arrives again gets OK again, and the queue drops its event", async () => {
    const { post, messages } = await startFunction();
    for (let count = 0; count < 2; count += 1) {
      expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
    }
    expect(messages.map(({ dropped }) => dropped)).toEqual([false, true]);
  });

  test("logs nothing but metrics, the first immediately and the rest aggregated", async () => {
    const { post, log } = await startFunction();
    for (const EventTime of [Date.now() - 1_000, undefined, undefined]) {
      await post(signedQuery(nowInSeconds()), JSON.stringify({ ...READ_REPORT, EventTime }));
    }
    const lines = (await log()).map(parse);
    const metrics = { message: "metrics", SdkAppId: SDK_APP_ID, Accepted: 1, PublishTime: [expect.any(Number)] };
    expect(lines).toMatchObject([{ ...metrics, Lag: [expect.any(Number)] }]);
    expect(Number(lines[0]?.["Lag"])).toBeGreaterThanOrEqual(1_000);
  });

  test("is logged if the operator asks for it", async () => {
    const { post, log } = await startFunction({ LOG_EVENTS: "true" });
    await post(signedQuery(nowInSeconds()), REPORT);
    expect(logged(await log(), "an event was stored")).toEqual([
      {
        timestamp: expect.any(String),
        level: "INFO",
        message: "an event was stored",
        deduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
        requestId: "0f0e5f6a-3f53-4d0a-9d0f-2b9b3f3f0001",
        place: "destination",
        milliseconds: expect.any(Number),
      },
    ]);
  });

  test("becomes an event without the client's address if the operator excludes it", async () => {
    const { post, messages } = await startFunction({ INCLUDE_CLIENT_IP: "false" });
    await post(signedQuery(nowInSeconds()), REPORT);
    const { metadata } = (parse(messages[0]?.body ?? "") as { detail: { metadata: object } }).detail;
    expect(metadata).toMatchObject({ optPlatform: "iOS" });
    expect(metadata).not.toHaveProperty("clientIp");
  });

  test("goes to a standard queue with its conversation as the group, for which consumers need do nothing", async () => {
    const { post, queues, eventsQueue } = await startFunction({}, { destination: "standard" });
    expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
    const [message] = await queues.receive(eventsQueue, 1);
    const event = parse(message?.Body ?? "") as unknown as ChatEvent;
    expect(message?.Attributes).toMatchObject({ MessageGroupId: messageGroupId(event) });
    expect(message?.Attributes).not.toHaveProperty("MessageDeduplicationId");
  });

  test("is stored without credentials if the endpoint needs none", async () => {
    const { post, messages } = await startFunction({ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" });
    expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
    expect(new Set(messages.map(({ queueName }) => queueName))).toEqual(new Set(["events.fifo"]));
  });

  test("is accepted unsigned or signed if the operator chose that, and its event says so", async () => {
    const { post, messages } = await startFunction({ AUTHENTICATION: "none", TOKEN_SECRET_ARN: "" });
    expect((await post(`SdkAppid=${SDK_APP_ID}`, REPORT)).statusCode).toBe(200);
    expect(parse(messages[0]?.body ?? "")).toMatchObject({ detail: { metadata: { authentication: "none" } } });
    // So the console's authentication can be switched on before the endpoint's, and off after it, without loss.
    for (const token of [TOKEN, "another token"]) {
      expect((await post(signedQuery(nowInSeconds(), {}, token), REPORT)).statusCode).toBe(200);
    }
    expect((await post("SdkAppid=1", REPORT)).statusCode).toBe(403);
  });
});

describe("A refusal", () => {
  test("is counted by reason, and logged without any value from the query", async () => {
    const { post, log } = await startFunction();
    const query = signedQuery(nowInSeconds(), {}, "another token");
    expect((await post(query, REPORT, "198.51.100.1")).statusCode).toBe(401);
    const lines = await log();
    expect(lines.map(parse)).toMatchObject([
      {
        level: "WARN",
        message: "a callback was refused",
        reason: "signature-invalid",
        explanation: "Sign does not match",
        sourceIp: "198.51.100.1",
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
      { message: "metrics", Refused: 1, Reason: "signature-invalid", SdkAppId: SDK_APP_ID },
      { message: "metrics", Genuine: 0, SdkAppId: SDK_APP_ID },
    ]);
    const { sdkAppId: _logged, ...others } = { ...LOGGED_PARAMETERS, clientIp: "203.0.113.7" };
    const secrets = [...Object.values(others), new URLSearchParams(query).get("Sign") ?? ""];
    for (const value of secrets) expect(lines.join()).not.toContain(value);
  });
});

describe("A callback that becomes no event", () => {
  test("is acknowledged and counted", async () => {
    const { post, log } = await startFunction();
    expect((await post(signedQuery(nowInSeconds()), "")).statusCode).toBe(200);
    expect(logged(await log(), "metrics")).toMatchObject([{ Genuine: 1 }]);
  });

  test("is counted in the log alone with METRICS=none", async () => {
    const { post, log } = await startFunction({ METRICS: "none" });
    await post(signedQuery(nowInSeconds()), "");
    const [line] = logged(await log(), "metrics");
    expect(line).toMatchObject({ Genuine: 1 });
    expect(line).not.toHaveProperty("_aws");
  });
});

describe("A source address that is not allowed", () => {
  test("is refused before anything else is checked", async () => {
    const { post, messages } = await startFunction({ ALLOWED_SOURCE_CIDRS: "203.0.113.0/24,2001:db8::/32" });
    const query = signedQuery(nowInSeconds());
    for (const allowed of ["203.0.113.200", "2001:db8::7"]) {
      expect((await post(query, REPORT, allowed)).statusCode).toBe(200);
    }
    for (const [refusedQuery, address] of [
      [query, "198.51.100.1"],
      [`${query}&Sign=again`, "2001:db9::7"],
      ["", ""],
    ] as const) {
      const { statusCode, body } = await post(refusedQuery, REPORT, address);
      expect(statusCode).toBe(403);
      expect(parse(body)["ErrorInfo"]).toBe("the source address is not allowed");
    }
    expect(messages.filter(({ dropped }) => !dropped).length).toBe(1);
  });
});

describe("The connection to the destination", () => {
  test("is opened at start-up, and reused for every event", async () => {
    const { start, post, sqs } = await startFunction();
    await start();
    expect(sqs.connections).toHaveLength(1);
    for (let count = 0; count < 3; count += 1) await post(signedQuery(nowInSeconds()), REPORT);
    expect(sqs.calls.map(({ port }) => port)).toEqual([sqs.connections[0], sqs.connections[0], sqs.connections[0]]);
  });

  test("is opened to the event bus if that is the destination", async () => {
    const bus = await startFaultyEndpoint("http://127.0.0.1:1");
    onTestFinished(() => bus.close());
    bus.fail = () => ({ status: 200, body: JSON.stringify({ Entries: [{ EventId: "1" }] }) });
    const { start, post, sqs } = await startFunction({
      QUEUE_URL: "",
      EVENT_BUS_NAME: "chat-events",
      AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
    });
    await start();
    expect(bus.connections).toHaveLength(1);
    expect((await post(signedQuery(nowInSeconds()), REPORT)).statusCode).toBe(200);
    expect(bus.calls).toMatchObject([
      {
        operation: "PutEvents",
        port: bus.connections[0],
        input: { Entries: [{ EventBusName: "chat-events", Source: "tencent.chat" }] },
      },
    ]);
    expect(sqs.calls).toEqual([]);
  });
});
