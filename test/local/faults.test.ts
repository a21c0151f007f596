import { describe, expect, onTestFinished, test } from "vitest";
import { type FAULT_MODES, type FaultMode, Faults } from "../../local/faults.ts";
import { startFaultyEndpoint } from "../../local/faulty-endpoint.ts";
import { startQueues } from "../../local/queues.ts";

/** A queue behind an endpoint where faults apply to the destination. */
async function startBreakable(faults: Faults) {
  const queues = await startQueues();
  await queues.create("events", {});
  const endpoint = await startFaultyEndpoint(queues.endpoint);
  onTestFinished(async () => {
    await endpoint.close();
    await queues.close();
  });
  faults.applyTo(endpoint, () => "destination");
  const send = (signal?: AbortSignal) =>
    fetch(endpoint.url, {
      method: "POST",
      ...(signal && { signal }),
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessage" },
      body: JSON.stringify({ QueueUrl: `${queues.endpoint}/000000000000/events`, MessageBody: "hello" }),
    });
  const count = async () => (await queues.receive("events", 10, { waitSeconds: 0 })).length;
  return { send, count, endpoint };
}

/** The status of a call in each mode, "no answer" if there is none, and whether the call was carried out. */
const OUTCOMES: Readonly<Record<keyof typeof FAULT_MODES, readonly [number | "no answer", number]>> = {
  slow: [200, 1],
  hang: ["no answer", 0],
  refuse: [403, 0],
  throttle: [400, 0],
  fail: [500, 0],
  nonsense: [200, 0],
  "lose-answer": ["no answer", 1],
};

describe("A part that is broken", () => {
  test.each(Object.entries(OUTCOMES))("as %s answers %j", async (mode, [status, stored]) => {
    const faults = new Faults();
    const { send, count, endpoint } = await startBreakable(faults);
    faults.break("destination", mode as FaultMode);
    const answer = send()
      .then((response) => response.status)
      .catch(() => "no answer" as const);
    if (mode === "hang") await expect.poll(() => endpoint.calls.length).toBe(1);
    if (mode === "hang") endpoint.cut();
    expect(await answer).toBe(status);
    expect(await count()).toBe(stored);
  });

  test("for some calls heals after them", async () => {
    const changes: unknown[] = [];
    const faults = new Faults();
    faults.watch(() => changes.push(faults.active));
    const { send } = await startBreakable(faults);
    faults.break("destination", "fail", 2);
    const statuses = [await send(), await send(), await send()].map(({ status }) => status);
    expect(statuses).toEqual([500, 500, 200]);
    expect(changes).toEqual([
      { destination: { mode: "fail", callsLeft: 2 } },
      { destination: { mode: "fail", callsLeft: 1 } },
      {},
    ]);
  });

  test("works again once it is healed, alone or with all others", async () => {
    const faults = new Faults();
    const { send } = await startBreakable(faults);
    faults.break("destination", "fail");
    faults.break("standby", "hang");
    expect((await send()).status).toBe(500);
    faults.heal("destination");
    expect((await send()).status).toBe(200);
    expect(faults.active).toEqual({ standby: { mode: "hang" } });
    faults.heal();
    expect(faults.active).toEqual({});
  });

  test.each([
    ["secrets", "kill"],
    ["function", "hang"],
  ] as const)("is never %s in mode %s", (part, mode) => {
    expect(() => new Faults().break(part, mode)).toThrow(TypeError);
  });
});
