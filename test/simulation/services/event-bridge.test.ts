import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LocalEventBus, startEventBus } from "../../../local/event-bus.ts";
import type { Entry } from "../../../local/event-envelope.ts";
import { Random } from "../../../simulation/random.ts";
import { type BusProps, type PutEventsOutput, SimulatedBus } from "../../../simulation/services/event-bridge.ts";
import { Heap } from "../../../simulation/services/heap.ts";
import { SimulatedQueue } from "../../../simulation/services/sqs.ts";

const PATTERN = { source: ["tencent.chat"] };
const ENTRY: Entry = {
  EventBusName: "chat",
  Source: "tencent.chat",
  DetailType: "A.B",
  Detail: '{"a":1}',
  Resources: ["r"],
  Time: 1_767_225_600,
};
const START = 1_767_225_600_000;

let now: number;
let timers: Heap<{ readonly at: number; readonly callback: () => void }>;
let queue: SimulatedQueue;
let deadLetterQueue: SimulatedQueue;
/** When the target was asked, in milliseconds from the start. */
let attempts: number[];
let isDown: boolean;

const clock = { now: () => now };

beforeEach(() => {
  now = START;
  timers = new Heap(({ at }) => at);
  const attributes = { visibilityTimeout: 30, retention: 14 * 86_400 };
  queue = new SimulatedQueue({ ...attributes, name: "target" }, clock, new Random(1));
  deadLetterQueue = new SimulatedQueue({ ...attributes, name: "letters" }, clock, new Random(2));
  attempts = [];
  isDown = false;
});

/** Calls the timers back, the earliest first, until the time or until there are none. */
function runUntil(end: number): void {
  for (let timer = timers.first; timer && timer.at <= end; timer = timers.first) {
    timers.delete(timer);
    now = timer.at;
    timer.callback();
  }
}

const create = (props: Partial<BusProps> & { maxAge?: number; maxAttempts?: number } = {}) => {
  const { maxAge = 86_400, maxAttempts = 185, ...rest } = props;
  return new SimulatedBus({
    name: "chat",
    clock,
    after: (milliseconds, callback) => timers.add({ at: now + milliseconds, callback }),
    random: new Random(3),
    pattern: PATTERN,
    target: { queue, deadLetterQueue, maxAge, maxAttempts },
    isTargetDown: () => {
      attempts.push(now - START);
      return isDown;
    },
    ...rest,
  });
};

const DAY = 86_400_000;

describe("The simulated bus", () => {
  test("delivers an event to the target within a second, in EventBridge's envelope", () => {
    const { Entries } = create().putEvents({ Entries: [ENTRY] });
    runUntil(START + 99);
    expect(queue.size).toBe(0);
    runUntil(START + 900);
    expect(queue.messages().map(({ Body }) => JSON.parse(Body))).toEqual([
      expect.objectContaining({ id: (Entries[0] as { EventId: string }).EventId, detail: { a: 1 } }),
    ]);
    expect(attempts).toHaveLength(1);
  });

  test("delivers events in any order", () => {
    const bus = create();
    for (let at = 0; at < 20; at += 1) bus.putEvents({ Entries: [{ ...ENTRY, Detail: `{"at":${at}}` }] });
    runUntil(START + 900);
    const order = queue.messages().map(({ Body }) => JSON.parse(Body).detail.at as number);
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at));
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  });

  test("delivers some events twice, as often as told", () => {
    const bus = create({ duplicates: 0.1 });
    for (let count = 0; count < 1_000; count += 1) bus.putEvents({ Entries: [ENTRY] });
    runUntil(START + 900);
    expect(queue.size).toBeGreaterThan(1_050);
    expect(queue.size).toBeLessThan(1_150);
  });

  test("delivers an event late while the target is down, and once", () => {
    isDown = true;
    create().putEvents({ Entries: [ENTRY] });
    runUntil(START + DAY / 2);
    expect(queue.size).toBe(0);
    isDown = false;
    runUntil(START + DAY);
    expect(queue.size).toBe(1);
    expect(deadLetterQueue.size).toBe(0);
  });

  test("pauses longer before each retry, by a random time, but no more than ten minutes", () => {
    isDown = true;
    create().putEvents({ Entries: [ENTRY] });
    runUntil(START + DAY);
    const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    for (const [index, pause] of pauses.entries()) {
      const longest = Math.min(1_000 * 2 ** index, 600_000);
      expect(pause).toBeGreaterThanOrEqual(longest / 2);
      expect(pause).toBeLessThanOrEqual(longest);
    }
    expect(new Set(pauses).size).toBeGreaterThan(pauses.length / 2);
  });

  test.each([
    ["a day, with EventBridge's own limits", {}, 2, 186, DAY],
    ["the attempts that the rule allows", { maxAttempts: 3 }, 4, 4, 20_000],
    ["the age that the rule allows", { maxAge: 60 }, 2, 10, 60_900],
    ["the first attempt, if the rule allows no retry", { maxAttempts: 0 }, 1, 1, 900],
  ])("makes an event a dead letter after %s", (_what, limits, fewest, most, latest) => {
    isDown = true;
    create(limits).putEvents({ Entries: [ENTRY] });
    runUntil(START + 2 * DAY);
    expect(attempts.length).toBeGreaterThanOrEqual(fewest);
    expect(attempts.length).toBeLessThanOrEqual(most);
    expect(now - START).toBeLessThanOrEqual(latest);
    const [letter] = deadLetterQueue.receive(10);
    expect(JSON.parse(letter?.Body ?? "")).toMatchObject({ source: "tencent.chat", detail: { a: 1 } });
    expect(letter?.MessageAttributes).toMatchObject({ ERROR_CODE: { StringValue: "ERROR_FROM_TARGET" } });
    expect(queue.size).toBe(0);
  });

  test.each([
    ["no source", { Source: "" }, "InvalidArgument"],
    ["no detail type", { DetailType: "" }, "InvalidArgument"],
    ["no detail", { Detail: "" }, "InvalidArgument"],
    ["a detail that is no object", { Detail: "[]" }, "MalformedDetail"],
  ])("fails an entry with %s, and takes the others", (_what, change, ErrorCode) => {
    const { FailedEntryCount, Entries } = create().putEvents({ Entries: [ENTRY, { ...ENTRY, ...change }, ENTRY] });
    expect(FailedEntryCount).toBe(1);
    const taken = { EventId: expect.any(String) };
    expect(Entries).toEqual([taken, { ErrorCode, ErrorMessage: expect.any(String) }, taken]);
    runUntil(START + DAY);
    expect(queue.size).toBe(2);
  });

  test("fails the entries that it is told to fail, and delivers none of them", () => {
    const codes = ["ThrottlingException", undefined, "InternalFailure"];
    const { FailedEntryCount, Entries } = create({ failEntry: () => codes.shift() }).putEvents({
      Entries: [ENTRY, ENTRY, ENTRY],
    });
    expect(FailedEntryCount).toBe(2);
    expect(Entries.map((entry) => "ErrorCode" in entry && entry.ErrorCode)).toEqual([
      "ThrottlingException",
      false,
      "InternalFailure",
    ]);
    runUntil(START + DAY);
    expect(queue.size).toBe(1);
  });

  const { Resources, Time, ...SMALL } = ENTRY;
  const overhead = `${SMALL.Source}${SMALL.DetailType}{"a":""}`.length;
  const sized = (bytes: number): Entry => ({ ...SMALL, Detail: `{"a":"${"x".repeat(bytes - overhead)}"}` });
  test.each([
    ["no entries", []],
    ["11 entries", Array.from({ length: 11 }, () => ENTRY)],
    ["an entry of more than 1 MiB", [ENTRY, sized(2 ** 20 + 1)]],
    ["an entry that its time makes larger than 1 MiB", [{ ...sized(2 ** 20 - 13), Time: 1 }]],
    ["an entry that its resources make larger than 1 MiB", [{ ...sized(2 ** 20), Resources: ["r"] }]],
  ])("refuses a request with %s", (_what, Entries) => {
    const error = { name: "ServiceError", statusCode: 400, code: "ValidationException" };
    expect(() => create().putEvents({ Entries })).toThrow(expect.objectContaining(error));
    expect(timers.size).toBe(0);
  });

  test("takes ten entries, and one of 1 MiB", () => {
    expect(create().putEvents({ Entries: Array.from({ length: 10 }, () => ENTRY) }).FailedEntryCount).toBe(0);
    expect(create().putEvents({ Entries: [sized(2 ** 20)] }).FailedEntryCount).toBe(0);
  });
});

describe("The simulated bus does what the local bus does", () => {
  let local: LocalEventBus;
  const delivered: string[] = [];

  beforeAll(async () => {
    local = await startEventBus();
    const deliver = async (event: string) => void delivered.push(event);
    local.addRule({ eventBusName: "chat", pattern: PATTERN, deliver });
  });
  afterAll(() => local.close());
  beforeEach(() => void delivered.splice(0));

  const withoutId = (event: string) => ({ ...JSON.parse(event), id: undefined });
  const outcomes = ({ FailedEntryCount, Entries }: PutEventsOutput) => ({
    FailedEntryCount,
    codes: Entries.map((entry) => ("ErrorCode" in entry ? entry.ErrorCode : "taken")),
  });

  test.each<readonly [string, Partial<Entry>]>([
    ["an event that matches the rule", {}],
    ["an event from another source", { Source: "other" }],
    ["another bus", { EventBusName: "other" }],
    ["a detail with a long number", { Detail: '{"a":9007199254740993}' }],
    ["a detail that is a list", { Detail: "[]" }],
    ["a detail that is null", { Detail: "null" }],
    ["a detail that is no JSON", { Detail: "{" }],
  ])("with %s", async (_what, change) => {
    const Entries = [{ ...ENTRY, ...change }];
    const simulated = create().putEvents({ Entries });
    runUntil(START + DAY);
    const headers = { "x-amz-target": "AWSEvents.PutEvents" };
    const response = await fetch(local.endpoint, { method: "POST", headers, body: JSON.stringify({ Entries }) });
    expect(outcomes((await response.json()) as PutEventsOutput)).toEqual(outcomes(simulated));
    const bodies = queue.messages().map(({ Body }) => Body);
    expect(bodies.map(withoutId)).toEqual(delivered.map(withoutId));
  });
});
