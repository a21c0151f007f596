import { describe, expect, test } from "vitest";
import type { ExecutionEnvironment } from "../../../simulation/lambda/environment.ts";
import type { Network } from "../../../simulation/lambda/http.ts";
import type { World } from "../../../simulation/world.ts";
import { OUTPUT, startEnvironment, TIMEOUT } from "../../support/simulated-http.ts";
import { createWorld } from "../../support/simulated-world.ts";

describe("A simulated connection", () => {
  /** A network that notes what happens, and answers after some milliseconds. */
  function observe(world: World, answersAfter: number, connectsAfter: number | "never" = 1) {
    const seen: string[] = [];
    const network: Network = {
      connect: () => {
        seen.push("connect");
        return connectsAfter;
      },
      isStale: (_host, idleMs) => {
        seen.push(`idle for ${idleMs < 1_000 ? "less" : "more"} than a second`);
        return false;
      },
      exchange: (_environment, _request, respond) => {
        seen.push("request");
        world.clock.after(answersAfter, () => respond({ statusCode: 200, text: OUTPUT }));
      },
    };
    return { seen, network };
  }

  test("is used again, the one used last first", async () => {
    const world = createWorld();
    const { clock } = world;
    const { seen, network } = observe(world, 5);
    const { environment, request } = await startEnvironment(world, network);
    await clock.runUntil(Promise.all([request(), request()]));
    expect(seen.splice(0)).toEqual(["connect", "connect", "request", "request"]);
    await clock.runUntil(clock.sleep(2_000).then(() => request()));
    await clock.runUntil(request());
    expect(seen).toEqual([
      ...["idle for more than a second", "request"],
      ...["idle for less than a second", "request"],
    ]);
    expect(environment.pending).toBe(0);
  });

  test("is not used again when its request was given up, whose answer is lost", async () => {
    const world = createWorld();
    const { clock } = world;
    const { seen, network } = observe(world, TIMEOUT);
    const { environment, request } = await startEnvironment(world, network);
    const outcomes = [await clock.runUntil(request())];
    await clock.runUntil(clock.sleep(60_000));
    outcomes.push(await clock.runUntil(request()));
    expect(outcomes).toEqual(Array(2).fill({ error: "no answer within 400 ms", isStale: false }));
    expect(seen).toEqual(["connect", "request", "connect", "request"]);
    expect(environment.pending).toBe(0);
  });

  test.each([
    ["given up", (environment: ExecutionEnvironment) => void environment],
    ["sent from an environment that has ended", (environment: ExecutionEnvironment) => environment.end()],
    ["sent from an environment that is frozen", (environment: ExecutionEnvironment) => environment.freeze()],
  ])("carries no request that was %s while it was being opened", async (_what, interfere) => {
    const world = createWorld();
    const { clock } = world;
    const { seen, network } = observe(world, 5, TIMEOUT + 1);
    const { environment, request } = await startEnvironment(world, network);
    request();
    interfere(environment);
    await clock.runUntil(clock.sleep(60_000));
    expect(seen).toEqual(["connect"]);
  });

  test("that never opens lets the request time out", async () => {
    const world = createWorld();
    const { seen, network } = observe(world, 5, "never");
    const { environment, request } = await startEnvironment(world, network);
    expect(await world.clock.runUntil(request())).toMatchObject({ error: "no answer within 400 ms" });
    expect([seen, environment.pending]).toEqual([["connect"], 0]);
  });
});
