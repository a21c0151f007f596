import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { deliver } from "../../../functions/callback/deliver.ts";
import { RecoveryLog } from "../../../functions/recovery-log.ts";
import { exampleEvent, forwardedEvent } from "../../support/example-event.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout"] });
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    logged.push({ at: performance.now(), line: String(text) });
    return true;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  logged.length = 0;
});

const receipt = (monotonicTime: number) => ({ unixTime: Date.now(), monotonicTime });
const logged: { at: number; line: string }[] = [];

/** A place that takes nothing, and fails as late as it may. */
function stuckPlace(name: string, attempts: string[], startedAt: number) {
  return {
    connect: async () => {},
    publish: async (_event: unknown, deadline: number) => {
      attempts.push(`${name} from ${Math.round(performance.now() - startedAt)} to ${Math.round(deadline - startedAt)}`);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline - performance.now())));
      throw new Error("stuck");
    },
  };
}

describe("An event whose destination and standby are stuck", () => {
  test("has both until 1.0 s and 1.6 s, stands in the log then, and is tried on until 3.5 s", async () => {
    const attempts: string[] = [];
    const startedAt = performance.now();
    const [destination, standby] = ["destination", "standby"].map((name) => stuckPlace(name, attempts, startedAt));
    if (destination === undefined || standby === undefined) throw new Error("never");
    const delivery = deliver(exampleEvent(), false, receipt(startedAt), {
      destination,
      standby,
      recoveryLog: new RecoveryLog(),
    });
    await vi.runAllTimersAsync();
    expect(await delivery).toBeUndefined();
    expect(attempts).toEqual([
      "destination from 0 to 1000",
      "standby from 1000 to 1600",
      "destination from 1600 to 2050",
      "standby from 2050 to 2500",
      "destination from 2700 to 3150",
      "standby from 3150 to 3500",
    ]);
    const [error] = logged.filter(({ line }) => line.includes('"level":"ERROR"'));
    expect(error?.line).toContain("an event could not be stored");
    expect(Math.round((error?.at ?? 0) - startedAt)).toBe(1_600);
    expect(Math.round(performance.now() - startedAt)).toBe(3_700);
  });

  test("stands in the log at 1.6 s and is given up, if it is a before-callback's: a user waits for the answer", async () => {
    const attempts: string[] = [];
    const startedAt = performance.now();
    const [destination, standby] = ["destination", "standby"].map((name) => stuckPlace(name, attempts, startedAt));
    if (destination === undefined || standby === undefined) throw new Error("never");
    const event = forwardedEvent("C2C.CallbackBeforeSendMsg", '{"From_Account":"alice"}');
    const delivery = deliver(event, true, receipt(startedAt), { destination, standby, recoveryLog: new RecoveryLog() });
    await vi.runAllTimersAsync();
    expect(await delivery).toBeUndefined();
    expect(attempts).toEqual(["destination from 0 to 1000", "standby from 1000 to 1600"]);
    expect(logged.at(-1)?.line).toContain("an event could not be stored");
    expect(Math.round(performance.now() - startedAt)).toBe(1_600);
  });
});
