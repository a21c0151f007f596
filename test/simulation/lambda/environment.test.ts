import { describe, expect, test } from "vitest";
import { type EnvironmentOptions, ExecutionEnvironment } from "../../../simulation/lambda/environment.ts";
import type { Network } from "../../../simulation/lambda/http.ts";
import type { World } from "../../../simulation/world.ts";
import { answeringNetwork, bundleOf, createWorld } from "../../support/simulated-world.ts";

/** Writes what happens to the log: `log("text")`. */
const LOG = "const log = (text) => process.stdout.write(text + '\\n');";
/** `await ask()` sends a request and resolves to the answer's status. */
const ASK = `const { request } = process.getBuiltinModule("node:https");
  const ask = () => new Promise((resolve, reject) => {
    const sent = request(new URL("https://sqs.us-east-1.amazonaws.com/"), { method: "POST", headers: {} }, (response) => {
      response.on("data", () => {});
      response.on("end", () => resolve(response.statusCode));
    });
    sent.on("error", reject);
    sent.end("{}");
  });`;

function createEnvironment(world: World, code: string, changes: Partial<EnvironmentOptions> = {}, network?: Network) {
  const lines: string[] = [];
  const environment = new ExecutionEnvironment(
    {
      bundle: bundleOf(`${LOG}${ASK}${code}`),
      variables: { NAME: "value" },
      clockError: () => 0,
      freezesClock: false,
      onLine: (line) => lines.push(line),
      ...changes,
    },
    { ...world, network: network ?? answeringNetwork(world, 200, "{}") },
  );
  return { environment, lines };
}

/** Starts an environment and hands it one event. */
async function invoke(world: World, code: string, changes: Partial<EnvironmentOptions> = {}): Promise<unknown> {
  const { environment } = createEnvironment(world, code, changes);
  return world.clock.runUntil(environment.start().then(() => environment.invoke(undefined)));
}

describe("An environment's clocks", () => {
  test.each([0, 3_600_000, -45_000])("show a wall clock that is %i ms ahead", async (ahead) => {
    const world = createWorld();
    const dates = "const handler = () => [Date.now(), new Date().getTime(), new Date(7).getTime()]";
    const time = world.clock.now() + ahead;
    expect(await invoke(world, dates, { clockError: () => ahead })).toEqual([time, time, 7]);
  });

  test("count from the start, whatever the wall clock shows", async () => {
    const world = createWorld();
    await world.clock.runUntil(world.clock.sleep(1_000));
    const code = `const before = performance.now();
      const handler = async () => {
        await new Promise((resolve) => setTimeout(resolve, 250));
        return [before, performance.now()];
      }`;
    expect(await invoke(world, code, { clockError: () => 5_000 })).toEqual([0, 250]);
  });

  test.each([
    { freezesClock: true, counted: 100, wentOffAfter: 400 },
    { freezesClock: false, counted: 5_100, wentOffAfter: 0 },
  ])("with freezesClock $freezesClock, count $counted ms of 100 ms and a pause of 5 s", async (expected) => {
    const { freezesClock, counted, wentOffAfter } = expected;
    const world = createWorld();
    const { clock } = world;
    const code = "const handler = async (event) => event ? setTimeout(() => log('went off'), 500) : performance.now()";
    const { environment, lines } = createEnvironment(world, code, { freezesClock });
    await clock.runUntil(environment.start());
    await environment.invoke("set a timer");
    await clock.runUntil(clock.sleep(100));
    environment.freeze();
    await clock.runUntil(clock.sleep(5_000));
    expect(lines).toEqual([]);
    environment.thaw();
    expect(await environment.invoke(undefined)).toBe(counted);
    if (wentOffAfter > 0) await clock.runUntil(clock.sleep(wentOffAfter - 1));
    expect(lines).toEqual(wentOffAfter > 0 ? [] : ["went off"]);
    await clock.runUntil(clock.sleep(1));
    expect(lines).toEqual(["went off"]);
    expect(environment.pending).toBe(0);
  });

  // https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
  test.each([
    ["0", 1],
    ["-5", 1],
    ["NaN", 1],
    ["0.9", 1],
    ["1.9", 1],
    ["250", 250],
    ["2 ** 31", 1],
  ])("let a timer of %s ms go off after %i ms, as Node.js does", async (delay, milliseconds) => {
    const world = createWorld();
    const begin = world.clock.now();
    await invoke(world, `const handler = () => new Promise((resolve) => setTimeout(resolve, ${delay}))`);
    expect(world.clock.now() - begin).toBe(milliseconds);
  });

  test("do not wait for timers that were cleared", async () => {
    const world = createWorld();
    const code = `const handler = async () => {
      const timer = setTimeout(() => log("went off"), 10);
      clearTimeout(timer);
      clearTimeout(timer);
      clearTimeout(undefined);
    }`;
    const { environment, lines } = createEnvironment(world, code);
    await world.clock.runUntil(environment.start().then(() => environment.invoke(undefined)));
    expect(environment.pending).toBe(0);
    await world.clock.runUntil(world.clock.sleep(20));
    expect(lines).toEqual([]);
  });
});

describe("A frozen environment", () => {
  test("gets answers once it is thawed", async () => {
    const world = createWorld();
    const { clock } = world;
    const code = "const handler = async () => void ask().then((status) => log('answer ' + status))";
    const { environment, lines } = createEnvironment(world, code);
    await clock.runUntil(environment.start());
    await environment.invoke(undefined);
    environment.freeze();
    environment.freeze();
    await clock.runUntil(clock.sleep(60_000));
    expect(lines).toEqual([]);
    environment.thaw();
    environment.thaw();
    await clock.runUntil(clock.sleep(60_000));
    expect(lines).toEqual(["answer 200"]);
  });
});

/** Does one of everything: logs, waits for a timer, and for an answer over a new connection and an open one. */
const SCRIPT = `log("start");
  const handler = async () => {
    log("before the timer");
    await new Promise((resolve) => setTimeout(resolve, 5));
    log("before the call");
    log("answer " + await ask());
    log("answer " + await ask());
    return "done";
  }`;
/** What happens in each of its steps, as far as the log and the service show. */
const STEPS = [
  ["start"],
  ["before the timer"],
  [], // The timer goes off.
  ["before the call"],
  [], // It connects.
  ["call"], // The connection is open.
  [], // The answer arrives.
  ["answer 200"],
  ["call"],
  [],
  ["answer 200"],
];

describe("An environment that ends", () => {
  test.each(Array.from({ length: STEPS.length + 1 }, (_, steps) => steps))(
    "after %i steps has done exactly those",
    async (steps) => {
      const world = createWorld();
      const { clock } = world;
      const happened: string[] = [];
      const answering = answeringNetwork(world, 200, "{}");
      const network: Network = {
        ...answering,
        exchange: (...exchange) => {
          happened.push("call");
          answering.exchange(...exchange);
        },
      };
      const { environment } = createEnvironment(world, SCRIPT, { onLine: (line) => happened.push(line) }, network);
      let ends = 0;
      environment.onEnd = () => {
        ends += 1;
      };
      environment.endAfter(steps);
      await clock.runUntil(
        clock.within(
          60_000,
          environment.start().then(() => environment.invoke(undefined)),
        ),
      );
      expect(happened).toEqual(STEPS.slice(0, steps).flat());
      const isWhole = steps === STEPS.length;
      expect([ends, environment.hasEnded]).toEqual(isWhole ? [0, false] : [1, true]);
    },
  );

  test("does nothing any more: no timer, no answer, no call, no line", async () => {
    const world = createWorld();
    const { clock } = world;
    const code = `const handler = async () => {
      log("started");
      setTimeout(() => log("went off"), 1_000);
      ask().then(() => log("answer"));
    }`;
    const { environment, lines } = createEnvironment(world, code);
    await clock.runUntil(environment.start().then(() => environment.invoke(undefined)));
    environment.end();
    environment.end();
    environment.thaw();
    await clock.runUntil(clock.sleep(60_000));
    await environment.invoke(undefined);
    await clock.runUntil(clock.sleep(60_000));
    expect(lines).toEqual(["started"]);
  });
});

describe("An environment's chance", () => {
  const code = `const { randomUUID, createHash } = process.getBuiltinModule("node:crypto");
    const handler = () => [Math.random(), randomUUID(), Math.max(1, 2), createHash("sha256").update("").digest("hex")]`;

  test("repeats itself for the same seed, and only then", async () => {
    const first = await invoke(createWorld(1), code);
    expect(await invoke(createWorld(1), code)).toEqual(first);
    const [fraction, uuid] = (await invoke(createWorld(2), code)) as [number, string];
    expect(fraction).not.toBe((first as unknown[])[0]);
    expect(uuid).not.toBe((first as unknown[])[1]);
  });

  test("leaves all else of Math and node:crypto as it is", async () => {
    const [fraction, uuid, max, hash] = (await invoke(createWorld(), code)) as [number, string, number, string];
    expect(fraction).toBeGreaterThanOrEqual(0);
    expect(fraction).toBeLessThan(1);
    expect(uuid).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect([max, hash.slice(0, 8)]).toEqual([2, "e3b0c442"]);
  });
});

describe("An environment", () => {
  test("has its variables, and lines of the log whole", async () => {
    const world = createWorld();
    const code = `const handler = async () => {
      process.stdout.write("one ");
      process.stdout.write(process.env.NAME + "\\ntwo\\nnot whole");
    }`;
    const { environment, lines } = createEnvironment(world, code);
    await world.clock.runUntil(environment.start().then(() => environment.invoke(undefined)));
    expect(lines).toEqual(["one value", "two"]);
  });

  test("refuses modules that the simulation does not provide", async () => {
    const code = 'const { connect } = process.getBuiltinModule("node:tls"); const handler = () => connect';
    await expect(invoke(createWorld(), code)).rejects.toThrow(
      "the bundle uses node:tls, which the simulation does not provide",
    );
  });

  test("handles no event before it has started", async () => {
    const { environment } = createEnvironment(createWorld(), "const handler = () => 1");
    expect(environment.hasStarted).toBe(false);
    await expect(environment.invoke(undefined)).rejects.toThrow("has not started");
  });
});
