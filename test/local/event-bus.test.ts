import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LocalEventBus, startEventBus } from "../../local/event-bus.ts";

const delivered: string[] = [];
let bus: LocalEventBus;
let client: EventBridgeClient;

beforeAll(async () => {
  bus = await startEventBus();
  bus.addRule({
    eventBusName: "chat",
    pattern: { source: ["tencent.chat"], detail: { data: { Report_Account: [{ prefix: "a" }] } } },
    deliver: async (event) => {
      delivered.push(event);
    },
  });
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  client = new EventBridgeClient({ endpoint: bus.endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
});

afterAll(async () => {
  client.destroy();
  await bus.close();
});

beforeEach(() => {
  delivered.length = 0;
});

const DETAIL = '{"data":{"Report_Account":"alice","Big":9007199254740993}}';
const put = (entry: Partial<PutEventsRequestEntry>) =>
  client.send(
    new PutEventsCommand({
      Entries: [{ EventBusName: "chat", Source: "tencent.chat", DetailType: "A.B", Detail: DETAIL, ...entry }],
    }),
  );

describe("The local bus", () => {
  test("delivers an event that matches, in EventBridge's envelope, with its detail as it was written", async () => {
    const { FailedEntryCount, Entries } = await put({ Time: new Date("2022-12-09T08:40:15Z"), Resources: ["r"] });
    expect(FailedEntryCount).toBe(0);
    expect(delivered).toHaveLength(1);
    expect(delivered[0]).toContain(`"detail":${DETAIL}`);
    expect(JSON.parse(delivered[0] ?? "")).toMatchObject({
      version: "0",
      id: Entries?.[0]?.EventId,
      source: "tencent.chat",
      "detail-type": "A.B",
      account: "000000000000",
      region: "us-east-1",
      resources: ["r"],
      time: "2022-12-09T08:40:15Z",
    });
  });

  test.each([
    ["another source", { Source: "other" }],
    ["another account", { Detail: '{"data":{"Report_Account":"bob"}}' }],
    ["a bus that does not exist", { EventBusName: "nowhere" }],
    ["the default bus", { EventBusName: undefined }],
  ])("reports success for %s, and delivers nothing", async (_what, entry) => {
    const { FailedEntryCount, Entries } = await put(entry);
    expect(FailedEntryCount).toBe(0);
    expect(Entries?.[0]?.EventId).toBeDefined();
    expect(delivered).toEqual([]);
  });

  test.each(["text", "[]", "null", '"text"'])("fails an entry whose detail is %s", async (Detail) => {
    const { FailedEntryCount, Entries } = await put({ Detail });
    expect(FailedEntryCount).toBe(1);
    expect(Entries).toEqual([{ ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." }]);
    expect(delivered).toEqual([]);
  });

  test("refuses a rule whose pattern it does not support", () => {
    const rule = { eventBusName: "chat", pattern: { source: [{ suffix: "x" }] }, deliver: async () => {} };
    expect(() => bus.addRule(rule)).toThrow('The local bus does not know the event pattern\'s operator {"suffix":"x"}');
  });

  test("answers an unknown operation with an error", async () => {
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSEvents.ListRules" };
    const response = await fetch(bus.endpoint, { method: "POST", headers, body: "{}" });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: "UnknownOperationException" });
  });
});
