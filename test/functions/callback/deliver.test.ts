import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ChatEvent } from "../../../events/chat-event.ts";
import { deliver } from "../../../functions/callback/deliver.ts";
import { RecoveryLog } from "../../../functions/recovery-log.ts";
import { exampleEvent, forwardedEvent } from "../../support/example-event.ts";

// The clock is fake: publishers decide when they succeed or fail, and no test waits.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout"] });
  attempts = [];
  logged = [];
  startedAt = performance.now();
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    const { level, message } = JSON.parse(String(text)) as Record<"level" | "message", string>;
    return logged.push(`${level} ${message} at ${sinceStart()}`) > 0;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

let startedAt: number;
let attempts: string[];
let logged: string[];
const sinceStart = (at = performance.now()) => Math.round(at - startedAt);

/** A publisher hangs until its deadline, fails immediately, or succeeds from some milliseconds after receipt. */
type Behaviour = "hangs" | "fails" | { readonly succeedsFrom: number };

function publisher(name: string, behaviour: Behaviour) {
  return {
    connect: async () => {},
    publish: async (_event: unknown, deadline: number) => {
      attempts.push(`${name} from ${sinceStart()} to ${sinceStart(deadline)}`);
      if (typeof behaviour === "object" && sinceStart() >= behaviour.succeedsFrom) return;
      const isInstant = behaviour === "fails";
      if (!isInstant) await new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline - performance.now())));
      throw new Error("no");
    },
  };
}

/** Delivers an event, and returns where it was stored and when. */
async function run(
  destination: Behaviour,
  standby: Behaviour,
  { event = exampleEvent() as ChatEvent, isUserWaiting = false } = {},
) {
  const delivery = deliver(
    event,
    isUserWaiting,
    { unixTime: Date.now(), monotonicTime: startedAt },
    {
      destination: publisher("destination", destination),
      standby: publisher("standby", standby),
      recoveryLog: new RecoveryLog(),
    },
  ).then((location) => `${location} at ${sinceStart()}`);
  await vi.runAllTimersAsync();
  return delivery;
}

describe("An event", () => {
  test("is stored at the destination, and not logged", async () => {
    expect(await run({ succeedsFrom: 0 }, "fails")).toBe("destination at 0");
    expect(attempts).toEqual(["destination from 0 to 1000"]);
    expect(logged).toEqual([]);
  });

  test.each<[Behaviour, number]>([
    ["fails", 0],
    ["hangs", 1_000],
  ])("goes to standby if the destination %s", async (behaviour, at) => {
    expect(await run(behaviour, { succeedsFrom: 0 })).toBe(`standby at ${at}`);
    expect(attempts).toEqual(["destination from 0 to 1000", `standby from ${at} to 1600`]);
    expect(logged).toEqual([`WARN the destination did not take an event at ${at}`]);
  });
});

describe("An event that neither the destination nor standby accepts", () => {
  test("is logged at 1.6 s and retried until 3.5 s if both hang", async () => {
    expect(await run("hangs", "hangs")).toBe("undefined at 3700");
    expect(attempts).toEqual([
      "destination from 0 to 1000",
      "standby from 1000 to 1600",
      "destination from 1600 to 2050",
      "standby from 2050 to 2500",
      "destination from 2700 to 3150",
      "standby from 3150 to 3500",
    ]);
    expect(logged).toEqual([
      "WARN the destination did not take an event at 1000",
      "ERROR an event could not be stored at 1600",
    ]);
  });

  test("is logged immediately if both fail, and the retries pause instead of spinning", async () => {
    expect(await run("fails", "fails")).toBe("undefined at 3600");
    expect(logged.at(-1)).toBe("ERROR an event could not be stored at 0");
    expect(attempts.length).toBe(2 + 2 * (3_600 / 200));
  });

  test.each<[string, Behaviour, Behaviour, string]>([
    ["the destination", { succeedsFrom: 1_600 }, "hangs", "destination at 1600"],
    ["the destination", { succeedsFrom: 2_000 }, "fails", "destination at 2300"],
    ["standby", "hangs", { succeedsFrom: 2_000 }, "standby at 2050"],
    ["standby", "fails", { succeedsFrom: 2_000 }, "standby at 2250"],
  ])("is stored late once %s recovers", async (_what, destination, standby, stored) => {
    expect(await run(destination, standby)).toBe(stored);
    expect(logged.slice(-2)).toEqual([
      expect.stringMatching(/^ERROR an event could not be stored at \d+$/),
      `WARN an event was stored on a late retry at ${stored.split(" at ")[1]}`,
    ]);
  });

  test("is not retried if a user is waiting for the reply", async () => {
    const event = forwardedEvent("C2C.CallbackBeforeSendMsg", '{"From_Account":"alice"}');
    expect(await run("hangs", "hangs", { event, isUserWaiting: true })).toBe("undefined at 1600");
    expect(attempts).toEqual(["destination from 0 to 1000", "standby from 1000 to 1600"]);
    expect(logged.at(-1)).toBe("ERROR an event could not be stored at 1600");
  });
});
