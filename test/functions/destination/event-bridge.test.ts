import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EVENT_BRIDGE, JsonClient } from "../../../functions/aws/json-client.ts";
import { EventBridgePublisher } from "../../../functions/destination/event-bridge.ts";
import { type Fault, type FaultyEndpoint, startFaultyEndpoint } from "../../../local/faulty-endpoint.ts";
import { exampleEvent } from "../../support/example-event.ts";

const response = (...entries: object[]): Fault => ({
  status: 200,
  body: JSON.stringify({ FailedEntryCount: 0, Entries: entries }),
});
const STORED = response({ EventId: "11710aed-b79e-4468-a20b-bb3c0c3b4860" });

let endpoint: FaultyEndpoint;
let publisher: EventBridgePublisher;

beforeAll(async () => {
  endpoint = await startFaultyEndpoint("http://127.0.0.1:1");
  const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
  const client = new JsonClient(EVENT_BRIDGE, new URL(endpoint.url), "us-east-1", credentials);
  publisher = new EventBridgePublisher(client, "bus");
});

afterAll(() => endpoint.close());
beforeEach(() => {
  endpoint.calls.length = 0;
});

describe("An event for a bus", () => {
  test("is put with its source, its detail-type, its unchanged detail and the time of receipt", async () => {
    endpoint.fail = () => STORED;
    const event = exampleEvent();
    await publisher.publish(event, performance.now() + 10_000);
    const [call] = endpoint.calls;
    expect(call?.input).toEqual({
      Entries: [
        {
          EventBusName: "bus",
          Source: "tencent.chat",
          DetailType: "C2C.CallbackAfterMsgReport",
          Detail: JSON.stringify(event.detail),
          Resources: [],
          Time: Date.parse(event.time) / 1000,
        },
      ],
    });
  });

  test.each<[string, Fault]>([
    ["its entry failed temporarily", response({ ErrorCode: "InternalFailure", ErrorMessage: "later" })],
    ["its entry was throttled", response({ ErrorCode: "ThrottlingException", ErrorMessage: "later" })],
    ["the response contains no entry", response()],
    ["the response contains no event id", response({})],
  ])("is put again if %s", async (_when, fault) => {
    const faults = [fault, STORED];
    endpoint.fail = () => faults.shift();
    await publisher.publish(exampleEvent(), performance.now() + 10_000);
    expect(endpoint.calls.length).toBe(2);
  });

  test("is not put again if its entry is rejected permanently", async () => {
    endpoint.fail = () => response({ ErrorCode: "MalformedDetail", ErrorMessage: "no JSON" });
    const publishing = publisher.publish(exampleEvent(), performance.now() + 10_000);
    await expect(publishing).rejects.toThrow("MalformedDetail: PutEvents: no JSON");
    expect(endpoint.calls.length).toBe(1);
  });
});
