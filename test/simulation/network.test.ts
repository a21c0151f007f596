import { describe, expect, test } from "vitest";
import type { CallRecord, RelayRecord } from "../../simulation/history.ts";
import type { ServiceAnswer } from "../../simulation/lambda/http.ts";
import { SERVICE_FAULT_NAMES, type ServiceFaultName, TARGETS } from "../../simulation/plan.ts";
import { ServiceError } from "../../simulation/services/service-error.ts";
import { createNetwork, DAY, EVENTS, fault, HANDLER, INVOCATION, SECRETS, SQS } from "../support/simulated-network.ts";

/** What a caller gets, and whether the call was carried out. */
interface Effect {
  /** `right` for what the service returned. */
  readonly answer: number | "right" | "malformed" | "misleading" | "reset" | "headers-only" | "none";
  readonly isCarriedOut: boolean;
  /** How long the call takes, in milliseconds; 2 to 20 if nothing is wrong with that. */
  readonly takes?: readonly [number, number];
  readonly connection?: "refused" | "never";
}

const EFFECTS: Readonly<Record<ServiceFaultName, Effect>> = {
  "answers after 300 ms": { answer: "right", isCarriedOut: true, takes: [302, 320] },
  "never answers": { answer: "none", isCarriedOut: false, takes: [60_000, 60_000] },
  "stops within the answer": { answer: "headers-only", isCarriedOut: false },
  "resets before the call was carried out": { answer: "reset", isCarriedOut: false },
  "resets after the call was carried out": { answer: "reset", isCarriedOut: true },
  "answers 400, invalid": { answer: 400, isCarriedOut: false },
  "answers 400, throttled": { answer: 400, isCarriedOut: false },
  "answers 403, access denied": { answer: 403, isCarriedOut: false },
  "answers 403, credentials expired": { answer: 403, isCarriedOut: false },
  "answers 429": { answer: 429, isCarriedOut: false },
  "answers 500": { answer: 500, isCarriedOut: false },
  "answers 503": { answer: 503, isCarriedOut: false },
  "answers malformed JSON": { answer: "malformed", isCarriedOut: false },
  "confirms another message, or no event": { answer: "misleading", isCarriedOut: false },
  "fails a part of the call": { answer: "misleading", isCarriedOut: false },
  "is slow": { answer: "right", isCarriedOut: true, takes: [102, 1_520] },
  "is carried out late": { answer: "right", isCarriedOut: true, takes: [302, 30_020] },
  // At the beginning.
  "gets slower and slower": { answer: "right", isCarriedOut: true },
  "refuses connections": { answer: "right", isCarriedOut: true, connection: "refused" },
  "never connects": { answer: "right", isCarriedOut: true, connection: "never" },
  "never takes some of the messages": { answer: 400, isCarriedOut: false },
};

function classify(answer: ServiceAnswer | undefined): Effect["answer"] {
  if (answer === undefined) return "none";
  if (typeof answer === "string") return answer;
  if (answer.statusCode !== 200) return answer.statusCode;
  if (answer.text === '{"done":true}') return "right";
  return answer.text.endsWith("}") ? "misleading" : "malformed";
}

/** A message as the functions send it. */
const messageOf = (deduplicationId: string) => ({ MessageBody: JSON.stringify({ detail: { deduplicationId } }) });

describe("A fault", () => {
  test.each(SERVICE_FAULT_NAMES)("by which a service %s has that effect, and no other", async (name) => {
    const { answer, isCarriedOut, takes = [2, 20], connection } = EFFECTS[name];
    const { network, call, environment, calls, carriedOut } = createNetwork([fault(name)]);
    const connected = network.connect(environment, SQS);
    expect(typeof connected === "number" ? undefined : connected).toBe(connection);
    expect(calls.splice(0).map(({ fault: hit }) => hit)).toEqual(connection ? [name] : []);
    const { answer: given, duration } = await call({ input: messageOf("00000000") });
    expect([classify(given), carriedOut()]).toEqual([answer, isCarriedOut ? 1 : 0]);
    expect(duration >= takes[0] && duration <= takes[1]).toBe(true);
    expect(calls.map(({ operation, fault: hit }) => [operation, hit])).toEqual([
      ["SendMessage", connection ? undefined : name],
    ]);
  });

  test.each(TARGETS.filter((target) => target !== "rule"))("of %s leaves the others alone", async (target) => {
    const { network, call, environment } = createNetwork(
      [fault("answers 500", target), fault("refuses connections", target)],
      { hasBus: true },
    );
    const hosts = { destination: EVENTS, standby: SQS, "dead letters": SQS, secret: SECRETS, handler: HANDLER };
    const connected: Record<string, boolean> = {};
    const answered: Record<string, number | string> = {};
    for (const [name, host] of Object.entries(hosts)) {
      connected[host] = network.connect(environment, host) !== "refused";
      answered[name] = classify((await call({ host, input: { QueueUrl: name } })).answer);
    }
    expect(answered).toEqual({
      ...{ destination: "right", standby: "right", "dead letters": "right", secret: "right", handler: "right" },
      [target]: 500,
    });
    // Queues share a host.
    const all = { [EVENTS]: true, [SQS]: true, [SECRETS]: true, [HANDLER]: true };
    expect(connected).toEqual({ ...all, [hosts[target]]: false });
  });

  test.each(["destination", "standby"] as const)(
    "of connections to %s also hits the other, if it is a queue",
    (target) => {
      const { network, environment } = createNetwork([fault("never connects", target)]);
      expect(network.connect(environment, SQS)).toBe("never");
      expect(network.connect(environment, SECRETS)).toEqual(expect.any(Number));
    },
  );

  test("hits calls from its beginning to its end", async () => {
    const { call, passTo } = createNetwork([{ ...fault("answers 500"), from: 10_000, duration: 10_000 }]);
    const answers: unknown[] = [];
    for (const pause of [9_900, 100, 9_000, 1_000]) {
      await passTo(pause);
      answers.push(classify((await call()).answer));
    }
    expect(answers).toEqual(["right", 500, 500, "right"]);
  });

  test("hits its share of calls", async () => {
    const { call } = createNetwork([fault("answers 500", "destination", 0.1)]);
    let hits = 0;
    for (let count = 0; count < 500; count += 1) if (classify((await call()).answer) === 500) hits += 1;
    expect(hits > 25 && hits < 75).toBe(true);
  });

  test("by which a service gets slower makes calls last 1.5 s in the end", async () => {
    const { call, passTo } = createNetwork([fault("gets slower and slower")]);
    await passTo(DAY / 2);
    expect(Math.round((await call()).duration / 100)).toBe(8);
    await passTo(DAY / 2 - 60_000);
    expect(Math.round((await call()).duration / 100)).toBe(15);
  });

  test("by which credentials have expired hits only environments that started before it", async () => {
    const { call, passTo, start } = createNetwork([{ ...fault("answers 403, credentials expired"), from: 1_000 }]);
    await passTo(1_000);
    const { environment: same } = start();
    await passTo(1);
    const { environment: later } = start();
    expect(classify((await call()).answer)).toBe(403);
    expect(classify((await call({ environment: same })).answer)).toBe(403);
    expect(classify((await call({ environment: later })).answer)).toBe("right");
  });

  test("by which a service takes some messages never takes the others, however they are sent", async () => {
    const { call } = createNetwork([fault("never takes some of the messages", "destination", 0.25)]);
    const isTaken = async (id: string) => {
      const event = JSON.stringify({ deduplicationId: id });
      const inputs = [messageOf(id), messageOf(id), { Entries: [{ Detail: event }] }];
      const answers: unknown[] = [];
      for (const input of inputs) answers.push(classify((await call({ input })).answer));
      expect(new Set(answers).size).toBe(1);
      return answers[0] === "right";
    };
    expect(await isTaken("3fffffff")).toBe(false);
    expect(await isTaken("40000000")).toBe(true);
    // A parked request has no deduplication id.
    expect(classify((await call({ input: { MessageBody: "{}" } })).answer)).toBe("right");
  });
});

describe("The network", () => {
  test.each([
    [SQS, { QueueUrl: "standby" }, "standby", "standby"],
    [SQS, { QueueUrl: "dead letters" }, "dead letters", "dead letters"],
    [SQS, { QueueUrl: "events" }, "destination", "standby"],
    [EVENTS, { Entries: [] }, "destination", "destination"],
    [SECRETS, { SecretId: "arn" }, "secret", "secret"],
  ] as const)("records a call to %s with %o", async (host, input, target, behindBus) => {
    for (const hasBus of host === EVENTS ? [true] : [false, true]) {
      const { call, calls } = createNetwork([], { hasBus });
      await call({ host, input });
      const expected: Partial<CallRecord> = {
        target: hasBus ? behindBus : target,
        operation: "SendMessage",
        fault: undefined,
      };
      expect(calls).toMatchObject([expected]);
    }
  });

  test("records a call with the invocation that is under way", async () => {
    const { call, calls, record } = createNetwork([]);
    await call();
    const invocation = { ...INVOCATION, environment: record, calls: [] as CallRecord[] };
    record.invocations.push(invocation);
    await call();
    expect([calls.length, invocation.calls.length]).toEqual([1, 1]);
  });

  test("answers 404 to a request that is no call, as the functions send it to connect", async () => {
    const { call, carriedOut } = createNetwork([fault("answers 500")]);
    expect((await call({ target: "" })).answer).toEqual({ statusCode: 404, text: "" });
    expect(carriedOut()).toBe(0);
  });

  test("answers as AWS does when a service refuses a call", async () => {
    const { call } = createNetwork([], {
      service: () => {
        throw new ServiceError(400, "InvalidParameterValue", "no");
      },
    });
    // https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization
    expect((await call()).answer).toEqual({
      statusCode: 400,
      text: '{"__type":"com.amazonaws#InvalidParameterValue","message":"no"}',
    });
  });

  test("closes idle connections after 20 s to 350 s", () => {
    const { network } = createNetwork([]);
    const stale = (idleMs: number) =>
      Array.from({ length: 100 }, () => network.isStale(SQS, idleMs)).filter(Boolean).length;
    expect([stale(20_000), stale(350_000)]).toEqual([0, 100]);
    expect(stale(185_000) > 30 && stale(185_000) < 70).toBe(true);
  });
});

describe("On the way to the existing handler, the network", () => {
  test.each(["answers 500", "resets after the call was carried out"] as const)(
    "records a request to the existing handler apart from calls, with the answer: %s",
    async (name) => {
      const { call, network, environment, record } = createNetwork([fault(name, "handler")]);
      const invocation = { ...INVOCATION, environment: record, relayed: [] as RelayRecord[] };
      record.invocations.push(invocation);
      const { answer } = await call({ host: HANDLER });
      expect(invocation.relayed).toMatchObject([
        { target: "handler", operation: "POST", fault: name, request: { host: HANDLER }, answer: { content: answer } },
      ]);
      network.connect(environment, HANDLER);
      expect([invocation.relayed.length, invocation.calls]).toEqual([1, []]);
    },
  );

  test("records an attempt to connect to the existing handler that failed", () => {
    const { network, environment, record } = createNetwork([fault("refuses connections", "handler")]);
    const invocation = { ...INVOCATION, environment: record, relayed: [] as RelayRecord[] };
    record.invocations.push(invocation);
    network.connect(environment, HANDLER);
    expect(invocation.relayed).toMatchObject([{ operation: "", fault: "refuses connections", request: undefined }]);
  });

  test("lets the existing handler answer the request that the function sends to connect, whatever fails", async () => {
    const { call, calls } = createNetwork([fault("answers 500", "handler")]);
    expect((await call({ host: HANDLER, method: "GET" })).answer).toMatchObject({ statusCode: 200 });
    expect(calls).toMatchObject([{ target: "handler", operation: "" }]);
  });
});
