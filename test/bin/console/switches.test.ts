import { expect, test } from "vitest";
import { describeFault, switchesOf } from "../../../bin/console/switches.ts";

const handler = { url: "https://chat.example.com/callback", relayed: 0, failed: 0 };

test.each([
  ["has one for the existing handler", { handler }, true],
  ["has none for an existing handler that there is not", {}, false],
] as const)("The Break panel %s", (_case, facts, isThere) => {
  const switches = switchesOf({ faults: {}, destination: "fifo", ...facts });
  const found = switches.find(({ part }) => part === "handler");
  expect(found !== undefined).toBe(isThere);
  for (const { expectation } of found?.modes ?? []) expect(expectation).toMatch(/\. .*\.$/);
});

test("Says how many calls a fault still applies to", () => {
  expect(describeFault({ mode: "hang", callsLeft: 3 })).toBe("hangs, 3 calls left");
  expect(describeFault({ mode: "kill", callsLeft: 1 })).toBe("crashes, 1 call left");
  expect(describeFault({ mode: "lose-answer" })).toBe("loses its answer, until healed");
});
