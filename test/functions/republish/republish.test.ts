import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ChatEvent } from "../../../events/chat-event.ts";
import { toJson } from "../../../events/json.ts";
import { AwsError } from "../../../functions/aws/aws-error.ts";
import { Metrics } from "../../../functions/metrics.ts";
import { ATTEMPT_MS, MAX_CONCURRENCY } from "../../../functions/republish/pace.ts";
import { RepublishHandler } from "../../../functions/republish/republish.ts";
import { READ_REPORT, REQUEST_TIME, SDK_APP_ID, signedQuery, TOKEN } from "../../support/callbacks.ts";
import { exampleEvent, forwardedEvent } from "../../support/example-event.ts";
import { ENVIRONMENT, REQUEST_CONTEXT } from "../../support/judging.ts";

/** Everything but the handler is in memory, and the clock is a fake. */
let published: ChatEvent[];
let deadLetters: { body: string; parameters: unknown }[];
let hidden: { receiptHandle: string; seconds: number; at: number }[];
let lines: Record<string, unknown>[];
let destinationFault: Error | undefined;
/** How long the destination takes to fail, in milliseconds. */
let destinationDelay: number;
let deadLettersFault: Error | undefined;
let tokenFault: Error | undefined;
let hideFault: Error | undefined;
/** When calls had to be done, in milliseconds since the invocation started. */
let deadlines: Record<"publish" | "hide" | "send", number | undefined>;
let metrics: Metrics;

beforeEach(() => {
  vi.useFakeTimers();
  [published, deadLetters, hidden, lines] = [[], [], [], []];
  destinationFault = undefined;
  destinationDelay = 0;
  deadLettersFault = undefined;
  tokenFault = undefined;
  hideFault = undefined;
  deadlines = { publish: undefined, hide: undefined, send: undefined };
  metrics = new Metrics(SDK_APP_ID);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(JSON.parse(String(text)) as Record<string, unknown>);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function republish(records: readonly { body: string; receiveCount?: number }[], withDeadLetters = true) {
  const startedAt = performance.now();
  const handler = new RepublishHandler({
    concurrency: MAX_CONCURRENCY,
    environment: ENVIRONMENT,
    tokenStore: {
      currentToken: async () => {
        if (tokenFault) throw tokenFault;
        return "a newer token";
      },
      freshTokens: async (validAt) => (validAt === REQUEST_TIME * 1000 ? ["a newer token", TOKEN] : ["a newer token"]),
    },
    destination: {
      publish: async (event, deadline) => {
        deadlines.publish = deadline - startedAt;
        if (destinationDelay > 0) await new Promise((resolve) => setTimeout(resolve, destinationDelay));
        if (destinationFault) throw destinationFault;
        published.push(event);
      },
      connect: async () => {},
    },
    standby: {
      hide: async (receiptHandle, seconds, deadline) => {
        deadlines.hide = deadline - startedAt;
        if (hideFault) throw hideFault;
        hidden.push({ receiptHandle, seconds, at: performance.now() });
      },
    },
    deadLetters: withDeadLetters
      ? {
          send: async (body, deadline, parameters) => {
            deadlines.send = deadline - startedAt;
            if (deadLettersFault) throw deadLettersFault;
            deadLetters.push({ body, parameters });
          },
        }
      : undefined,
    metrics,
  });
  const result = handler.handle({
    Records: records.map(({ body, receiveCount }, index) => ({
      messageId: `message-${index}`,
      receiptHandle: `handle-${index}`,
      body,
      ...(receiveCount && { attributes: { ApproximateReceiveCount: String(receiveCount) } }),
    })),
  });
  await vi.runAllTimersAsync();
  return result;
}

const NOTHING_STAYS = { batchItemFailures: [] };
const STAYS = { batchItemFailures: [{ itemIdentifier: "message-0" }] };
const EVENT = { body: toJson(exampleEvent()) };
const FORWARDED = { body: toJson(forwardedEvent("Group.CallbackAfterSendMsg", '{"GroupId":"g"}')) };
const metric = (name: string) => lines.find((line) => name in line)?.[name];

/** A request as the callback function parks it. */
function parked(
  query: string,
  body: string | undefined = JSON.stringify(READ_REPORT),
  receivedAt = REQUEST_TIME * 1000,
) {
  const parkedRequest = { rawQueryString: query, body, isBase64Encoded: false, requestContext: REQUEST_CONTEXT };
  return { body: JSON.stringify({ parkedRequest, receivedAt }) };
}

describe("An event on standby", () => {
  test("is published unchanged, except for the mark that it was republished", async () => {
    const body = EVENT.body.replace('"UnreadMsgNum":7', '"UnreadMsgNum":7,"Big":12345678901234567890');
    expect(await republish([{ body }])).toEqual(NOTHING_STAYS);
    const { metadata, ...detail } = exampleEvent().detail;
    const expected = { ...exampleEvent(), detail: { ...detail, metadata: { ...metadata, republished: true } } };
    expect(published.map((event) => JSON.parse(toJson(event)))).toMatchObject([expected]);
    expect(toJson(published[0] ?? {})).toContain('"Big":12345678901234567890');
    expect(metric("Republished")).toBe(1);
  });

  test("may belong to any callback, with or without accounts", async () => {
    expect(await republish([FORWARDED])).toEqual(NOTHING_STAYS);
    expect(deadLetters).toEqual([]);
    expect(published).toMatchObject([
      {
        "detail-type": "Group.CallbackAfterSendMsg",
        detail: { metadata: { republished: true }, data: { GroupId: "g" } },
      },
    ]);
  });

  test("may have a body nested as deep as a callback's, inside the envelope", async () => {
    const deepest = `${'{"a":'.repeat(99)}1${"}".repeat(99)}`;
    const body = EVENT.body.replace('"UnreadMsgNum":7', `"UnreadMsgNum":7,"New":${deepest}`);
    expect(await republish([{ body }])).toEqual(NOTHING_STAYS);
    expect(published.length).toBe(1);
  });

  test("stays while the destination fails, hidden for twice as long each time, up to 15 minutes", async () => {
    destinationFault = new AwsError("AccessDeniedException", "SendMessage 403");
    for (const receiveCount of [1, 2, 3, 5, 6, 99])
      expect(await republish([{ ...EVENT, receiveCount }])).toEqual(STAYS);
    expect(hidden.map(({ seconds }) => seconds)).toEqual([30, 60, 120, 480, 900, 900]);
    expect(hidden[0]?.receiptHandle).toBe("handle-0");
    expect(lines[0]).toMatchObject({ level: "WARN", message: "a message stays on standby", messageId: "message-0" });
  });

  test("is published even if another message in its batch stays", async () => {
    const second = { body: toJson(exampleEvent({ Report_Account: "second" })) };
    const result = await republish([{ body: "rubbish" }, EVENT, second], false);
    expect(result).toEqual(STAYS);
    expect(published.length).toBe(2);
  });

  test.each(["InvalidMessageContents", "InvalidParameterValue", "MalformedDetail", "InvalidArgument"])(
    "that the destination rejects with %s goes to the dead letters unchanged, with the reason",
    async (code) => {
      destinationFault = new AwsError(code, "no");
      expect(await republish([EVENT])).toEqual(NOTHING_STAYS);
      expect(deadLetters).toEqual([
        { ...EVENT, parameters: { MessageAttributes: { Reason: { DataType: "String", StringValue: `${code}: no` } } } },
      ]);
      expect(metric("Undeliverable")).toBe(1);
      expect(hidden).toEqual([]);
    },
  );

  test("goes to the dead letters with a reason that SQS accepts, whatever the destination quotes", async () => {
    destinationFault = new AwsError("InvalidMessageContents", "\u0001 \u007f \ud800 \uffff, \tnot 用 😀");
    expect(await republish([EVENT])).toEqual(NOTHING_STAYS);
    const StringValue = "InvalidMessageContents: � � � �, �not 用 😀";
    expect(deadLetters).toMatchObject([{ parameters: { MessageAttributes: { Reason: { StringValue } } } }]);
  });
});

describe("A message that is neither an event nor a parked request", () => {
  const INVALID_MESSAGES = [
    "",
    "text",
    "[]",
    "{}",
    '{"parkedRequest":{}}',
    '{"source":"tencent.chat","detail":null}',
    '{"source":"tencent.chat","detail":{"metadata":null}}',
    '{"receivedAt":1,"parkedRequest":{"rawQueryString":"Sign=1"}}',
    EVENT.body.replace("tencent.chat", "other"),
    EVENT.body.replace(/"deduplicationId":"\w+"/, '"deduplicationId":7'),
    EVENT.body.replace('"Report_Account":"alice",', ""),
    EVENT.body.replace(/"time":"[^"]*"/, '"time":"soon"'),
    FORWARDED.body.replace('"detail-type":"Group.CallbackAfterSendMsg",', ""),
    FORWARDED.body.replace('{"GroupId":"g"}', '["g"]'),
    FORWARDED.body.replace('{"GroupId":"g"}', "null"),
    parked(signedQuery(REQUEST_TIME), 7 as never).body,
    "[".repeat(30_000),
  ];

  test.each(INVALID_MESSAGES)("such as %.60s goes to the dead letters", async (body) => {
    expect(await republish([{ body }])).toEqual(NOTHING_STAYS);
    expect(deadLetters).toMatchObject([{ body }]);
    expect(published).toEqual([]);
  });

  test("stays if the dead-letter queue does not accept it, or there is none", async () => {
    deadLettersFault = new AwsError("AccessDeniedException", "no");
    expect(await republish([{ body: "text" }])).toEqual(STAYS);
    expect(await republish([{ body: "text" }], false)).toEqual(STAYS);
    expect(hidden.length).toBe(2);
  });
});

describe("A parked request", () => {
  test("is judged by the tokens of the time of its receipt, which the event contains, however long ago that was", async () => {
    expect(await republish([parked(signedQuery(REQUEST_TIME))])).toEqual(NOTHING_STAYS);
    expect(published).toMatchObject([
      {
        time: new Date(REQUEST_TIME * 1000).toISOString().replace(".000", ""),
        detail: { metadata: { republished: true, authentication: "token" }, data: READ_REPORT },
      },
    ]);
    expect(metric("Genuine")).toBe(1);
  });

  test.each<[string, ReturnType<typeof parked>, string, string]>([
    [
      "whose signature does not match, because its token may return to the secret,",
      parked(signedQuery(REQUEST_TIME, {}, "another token")),
      "signature-invalid",
      "Sign does not match",
    ],
    [
      "that had expired when it arrived, because clockSkewSeconds may be raised,",
      parked(signedQuery(REQUEST_TIME - 61)),
      "request-expired",
      "RequestTime is more than 60 seconds from now",
    ],
    [
      "with a malformed body, because a later version may accept it,",
      parked(signedQuery(REQUEST_TIME), "{"),
      "body-malformed",
      "the body is not JSON",
    ],
  ])("%s is counted as refused and goes to the dead letters", async (_how, record, reason, explanation) => {
    expect(await republish([record])).toEqual(NOTHING_STAYS);
    expect(published).toEqual([]);
    expect(deadLetters).toMatchObject([
      { ...record, parameters: { MessageAttributes: { Reason: { StringValue: explanation } } } },
    ]);
    expect(lines).toMatchObject([
      { message: "a callback was refused", reason, parked: true },
      { message: "a message can never be published and went to the dead letters", error: explanation },
      { message: "metrics", Refused: 1, Reason: reason },
      { message: "metrics", Undeliverable: 1, Genuine: 0 },
    ]);
  });

  test("that becomes no event is counted and dropped", async () => {
    expect(await republish([parked(signedQuery(REQUEST_TIME), "")])).toEqual(NOTHING_STAYS);
    expect(published).toEqual([]);
    expect(metric("Genuine")).toBe(1);
  });

  test("stays while the token cannot be read", async () => {
    tokenFault = new AwsError("AccessDeniedException", "GetSecretValue 400");
    expect(await republish([parked(signedQuery(REQUEST_TIME))])).toEqual(STAYS);
    expect(hidden).toMatchObject([{ receiptHandle: "handle-0", seconds: 30 }]);
  });

  test("stays while the destination fails, and is judged again", async () => {
    destinationFault = new AwsError("ThrottlingException", "no", true);
    expect(await republish([parked(signedQuery(REQUEST_TIME))])).toEqual(STAYS);
    destinationFault = undefined;
    expect(await republish([parked(signedQuery(REQUEST_TIME))])).toEqual(NOTHING_STAYS);
    expect(published.length).toBe(1);
  });
});

describe("An invocation", () => {
  const denied = new AwsError("AccessDeniedException", "SendMessage 403");
  const BATCH = Array.from({ length: 10 }, () => EVENT);

  async function millisecondsFor(records: Parameters<typeof republish>[0]): Promise<number> {
    const startedAt = performance.now();
    await republish(records, false);
    return performance.now() - startedAt;
  }

  test("ends at once if no message stays", async () => {
    expect(await millisecondsFor(BATCH)).toBe(0);
  });

  test.each([1, 3, 10])(
    "with the most environments lasts half a second for each of %d messages that stay, so that few fail",
    async (count) => {
      const others = BATCH.slice(count);
      expect(await millisecondsFor([...others, ...Array(count).fill({ body: "rubbish" })])).toBe(count * 500);
      expect(published.length).toBe(others.length);
    },
  );

  test("lasts as long for requests whose token can't be read", async () => {
    tokenFault = denied;
    expect(await millisecondsFor(Array(4).fill(parked(signedQuery(REQUEST_TIME))))).toBe(2_000);
  });

  test("lasts no longer than an attempt at a destination that hangs", async () => {
    [destinationFault, destinationDelay] = [new AwsError("NetworkError", "sqs: no answer", true), ATTEMPT_MS];
    expect(await millisecondsFor(BATCH)).toBe(ATTEMPT_MS);
  });

  test("leaves its other messages alone if one can't be hidden", async () => {
    hideFault = denied;
    expect(await republish([{ body: "rubbish" }, EVENT], false)).toEqual(STAYS);
    expect(published.length).toBe(1);
    expect(lines).toContainEqual(expect.objectContaining({ message: "a message could not be hidden" }));
  });

  test("gives an attempt five seconds and the calls after it two, less than the function's timeout together", async () => {
    destinationFault = denied;
    await republish([EVENT, { body: "rubbish" }]);
    expect(deadlines).toEqual({ publish: ATTEMPT_MS, hide: 2_000, send: 2_000 });
  });

  test("writes its metrics at once, and before it waits, as Lambda may end the environment", async () => {
    for (const batch of [1, 2]) {
      const startedAt = Date.now();
      await republish([EVENT, { body: "rubbish" }], false);
      const written = lines.filter((line) => "Republished" in line);
      expect(written.length).toBe(batch);
      expect(Date.parse(String(written.at(-1)?.["timestamp"]))).toBe(startedAt);
    }
  });

  test("hides messages before it waits", async () => {
    destinationFault = denied;
    const startedAt = performance.now();
    await republish(BATCH);
    expect(hidden.map(({ at }) => at - startedAt)).toEqual(Array(10).fill(0));
  });
});
