import { expect, test } from "vitest";
import { describeFault, switchesOf } from "../../../bin/console/switches.ts";
import type { Switch } from "../../../bin/console/system-parts.ts";

const handler = { url: "https://chat.example.com/callback", relayed: 0, failed: 0 };

const byHandler = ({ part }: Switch) => part === "handler";

test.each([
  ["has one for the existing handler", { handler }, true],
  ["has none for an existing handler that there is not", {}, false],
] as const)("The Break panel %s", (_case, facts, isThere) => {
  const switches = switchesOf({ faults: {}, destination: "fifo", ...facts });
  const found = switches.find(byHandler);
  expect(found !== undefined).toBe(isThere);
  for (const { expectation } of found?.modes ?? []) expect(expectation).toMatch(/\. .*\.$/);
});

test("The Break panel says how long Tencent waits while the existing handler hangs: longer where no user waits", () => {
  const { modes = [] } = switchesOf({ faults: {}, destination: "fifo", handler }).find(byHandler) ?? {};
  expect(modes.find(({ mode }) => mode === "hang")?.expectation).toContain("Tencent gets 502 after 1.6 s or 2.1 s.");
});

test("Says how many calls a fault still applies to", () => {
  expect(describeFault({ mode: "hang", callsLeft: 3 })).toBe("hangs, 3 calls left");
  expect(describeFault({ mode: "kill", callsLeft: 1 })).toBe("crashes, 1 call left");
  expect(describeFault({ mode: "lose-answer" })).toBe("loses its answer, until healed");
});
