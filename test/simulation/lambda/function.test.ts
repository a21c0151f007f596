import { describe, expect, test } from "vitest";
import type { InvocationResult } from "../../../simulation/lambda/function.ts";
import type { World } from "../../../simulation/world.ts";
import { allDay, answeringNetwork, createFunction, createWorld } from "../../support/simulated-world.ts";

const MINUTE = 60_000;

/** Counts its invocations; an event may ask it to wait, to fail or to hang. */
const COUNTER = `let count = 0;
  const handler = async ({ wait, fail, hang }) => {
    count += 1;
    if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
    if (fail) throw new Error("no");
    if (hang) await new Promise(() => {});
    return count;
  }`;

/** Invokes a function, one event after the other. */
async function invokeAll(world: World, lambda: { invoke(event: object): Promise<InvocationResult> }, events: object[]) {
  const results: InvocationResult[] = [];
  for (const event of events) results.push(await world.clock.runUntil(lambda.invoke(event)));
  return results;
}

const outcomes = (results: readonly InvocationResult[]) => results.map(({ outcome }) => outcome);
const values = (results: readonly InvocationResult[]) =>
  results.map((result) => (result.outcome === "returned" ? result.value : result.outcome));

describe("A function", () => {
  test("starts an environment for the first invocation, and uses it for the next", async () => {
    const world = createWorld();
    const { lambda } = createFunction(world, COUNTER);
    const before = world.clock.now();
    expect(values(await invokeAll(world, lambda, [{}]))).toEqual([1]);
    expect(world.clock.now()).toBeGreaterThanOrEqual(before + 100);
    const warm = world.clock.now();
    expect(values(await invokeAll(world, lambda, [{}, {}]))).toEqual([2, 3]);
    expect(world.clock.now()).toBe(warm);
    expect(world.history.environments.map(({ invocations }) => invocations.length)).toEqual([3]);
  });

  test("starts an environment for each invocation at a time, which share nothing", async () => {
    const world = createWorld();
    const { lambda } = createFunction(world, COUNTER);
    const events = Array.from({ length: 5 }, () => ({ wait: 1_000 }));
    const results = await world.clock.runUntil(Promise.all(events.map((event) => lambda.invoke(event))));
    expect(values(results)).toEqual([1, 1, 1, 1, 1]);
    expect(world.history.environments.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
  });

  test("prefers the environment that was used last", async () => {
    const world = createWorld();
    const { lambda } = createFunction(world, COUNTER);
    await world.clock.runUntil(Promise.all([lambda.invoke({ wait: 2_000 }), lambda.invoke({ wait: 5_000 })]));
    await invokeAll(world, lambda, [{}, {}]);
    const used = world.history.environments.toSorted((one, other) => one.invocations.length - other.invocations.length);
    const [idle, busy] = used.map(({ invocations }) => invocations);
    expect([idle?.length, busy?.length]).toEqual([1, 3]);
    expect(busy?.[0]?.endedAt).toBeGreaterThan(idle?.[0]?.endedAt ?? 0);
  });

  test.each([
    ["uses an environment that was idle for less than five minutes", 5 * MINUTE - 1, 1],
    ["ends an environment that was idle for 45 minutes", 45 * MINUTE, 2],
  ])("%s", async (_what, pause, environments) => {
    const world = createWorld();
    const { lambda } = createFunction(world, COUNTER);
    await invokeAll(world, lambda, [{}]);
    await world.clock.runUntil(world.clock.sleep(pause));
    await invokeAll(world, lambda, [{}]);
    const ends = world.history.environments.map(({ endedAt }) => endedAt !== undefined);
    expect(ends).toEqual(environments > 1 ? [true, false] : [false]);
  });

  test("passes events and results as JSON", async () => {
    const world = createWorld();
    const { lambda } = createFunction(world, "const handler = async (event) => event && { ...event, none: undefined }");
    const event = { text: "a", none: undefined };
    const [result] = await invokeAll(world, lambda, [event]);
    expect(result).toMatchObject({ outcome: "returned", value: { text: "a" } });
    expect(Object.keys((result as { value: object }).value)).toEqual(["text"]);
    const { lambda: silent } = createFunction(world, "const handler = async () => undefined");
    expect(values(await invokeAll(world, silent, [{}]))).toEqual([null]);
  });

  test("goes on in the same environment after an error of its handler", async () => {
    const world = createWorld();
    const { lambda } = createFunction(world, COUNTER);
    expect(values(await invokeAll(world, lambda, [{ fail: true }, {}]))).toEqual(["failed", 2]);
  });

  test("is stopped at its time-out, with its environment", async () => {
    const world = createWorld();
    const { lambda } = createFunction(world, COUNTER);
    await invokeAll(world, lambda, [{}]);
    const before = world.clock.now();
    expect(values(await invokeAll(world, lambda, [{ wait: 9_999 }]))).toEqual([2]);
    expect(values(await invokeAll(world, lambda, [{ wait: 10_001 }, {}]))).toEqual(["timed out", 1]);
    const [first] = world.history.environments;
    expect(first?.endedAt).toBe(before + 9_999 + 10_000);
    expect(first?.invocations.map(({ outcome }) => outcome)).toEqual(["returned", "returned", "timed out"]);
  });

  test("fails, and starts anew for the next invocation, if its bundle throws", async () => {
    const world = createWorld();
    const { lambda } = createFunction(world, 'if (true) throw new Error("no"); const handler = async () => 1');
    expect(outcomes(await invokeAll(world, lambda, [{}, {}]))).toEqual(["failed", "failed"]);
    expect(world.history.environments).toHaveLength(2);
    expect(world.history.environments.map(({ endedAt }) => typeof endedAt)).toEqual(["number", "number"]);
  });

  test("is told if its start takes more than ten seconds", async () => {
    const world = createWorld();
    const slow = (seconds: number) =>
      `await new Promise((resolve) => setTimeout(resolve, ${seconds} * 1000)); const handler = async () => 1`;
    expect(values(await invokeAll(world, createFunction(world, slow(10)).lambda, [{}]))).toEqual([1]);
    await expect(invokeAll(world, createFunction(world, slow(10.001)).lambda, [{}])).rejects.toThrow(
      "the start of callback takes more than 10000 ms: Lambda would repeat it",
    );
  });

  test("starts environments of the version that an invocation is for", async () => {
    const world = createWorld();
    const { lambda, deployed } = createFunction(world, COUNTER);
    const old = deployed.version;
    await invokeAll(world, lambda, [{}]);
    deployed.version = { ...old };
    expect(values(await invokeAll(world, lambda, [{}]))).toEqual([1]);
    deployed.version = old;
    expect(values(await invokeAll(world, lambda, [{}]))).toEqual([2]);
  });

  test("chooses a version once for each invocation", async () => {
    const world = createWorld();
    const { lambda, deployed } = createFunction(world, COUNTER);
    const { version } = deployed;
    let choices = 0;
    Object.defineProperty(deployed, "version", {
      get: () => {
        choices += 1;
        return version;
      },
    });
    await invokeAll(world, lambda, [{}, {}]);
    expect(choices).toBe(2);
  });

  test("remembers what an invocation logged and left behind", async () => {
    const world = createWorld();
    const code = `process.stdout.write("start\\n");
      const handler = async () => {
        process.stdout.write("é\\n");
        setTimeout(() => process.stdout.write("late\\n"), 1_000);
        return 1;
      }`;
    const { lambda } = createFunction(world, code);
    await invokeAll(world, lambda, [{}]);
    const [environment] = world.history.environments;
    expect(environment?.lines.map(({ text }) => text)).toEqual(["start", "é"]);
    expect(environment?.invocations[0]).toMatchObject({ logBytes: 3, leftPending: 1 });
    // Frozen, it does not go on.
    await world.clock.runUntil(world.clock.sleep(2_000));
    expect(environment?.lines).toHaveLength(2);
  });
});

describe("A function whose environments end in the middle", () => {
  const code = `process.stdout.write("start\\n");
    const handler = async () => {
      for (let line = 0; line < 20; line += 1) {
        process.stdout.write(line + "\\n");
        await undefined;
      }
      return 1;
    }`;

  test("ends each in its start or in an invocation, and starts another", async () => {
    const world = createWorld();
    const { lambda } = createFunction(world, code, { faults: [allDay("ends an environment in the middle")] });
    const results = await invokeAll(world, lambda, Array(50).fill({}));
    expect(new Set(outcomes(results))).toEqual(new Set(["ended"]));
    expect(world.history.environments).toHaveLength(50);
    const lines = new Set(world.history.environments.map((environment) => environment.lines.length));
    // Nothing at all, only the start, and some of the invocation.
    expect(lines.isSupersetOf(new Set([0, 2, 3, 4, 5]))).toBe(true);
    for (const { invocations, endedAt } of world.history.environments) {
      expect(invocations.map(({ outcome }) => outcome)).toEqual(["ended"]);
      expect(endedAt).toBe(invocations[0]?.endedAt);
    }
  });

  test("ends one after an invocation that returns first", async () => {
    const world = createWorld();
    const short = "const handler = async () => 1";
    const { lambda } = createFunction(world, short, { faults: [allDay("ends an environment in the middle")] });
    expect(outcomes(await invokeAll(world, lambda, [{}, {}]))).toEqual(["returned", "returned"]);
    expect(world.history.environments).toHaveLength(2);
  });
});

test("A function without concurrency left runs nothing", async () => {
  const world = createWorld();
  const { lambda } = createFunction(world, COUNTER, { faults: [allDay("has no concurrency left")] });
  expect(outcomes(await invokeAll(world, lambda, [{}]))).toEqual(["throttled"]);
  expect(world.history.environments).toEqual([]);
});

test("A function that starts every environment anew never uses one twice", async () => {
  const world = createWorld();
  const { lambda } = createFunction(world, COUNTER, { faults: [allDay("starts every environment anew")] });
  expect(values(await invokeAll(world, lambda, [{}, {}, {}]))).toEqual([1, 1, 1]);
});

test("A function tells the network which environment a request comes from", async () => {
  const world = createWorld();
  const code = `const { request } = process.getBuiltinModule("node:https");
    const handler = () => new Promise((resolve) => {
      const sent = request(new URL("https://example.com/"), { method: "POST", headers: {} }, (response) => {
        response.on("end", () => resolve(response.statusCode));
      });
      sent.end("{}");
    });`;
  const answering = answeringNetwork(world, 204, "");
  const callers: unknown[] = [];
  const { lambda, records } = createFunction(world, code, {
    network: {
      ...answering,
      exchange: (environment, ...exchange) => {
        callers.push(records.get(environment));
        answering.exchange(environment, ...exchange);
      },
    },
  });
  expect(values(await invokeAll(world, lambda, [{}]))).toEqual([204]);
  expect(callers).toEqual(world.history.environments);
});
