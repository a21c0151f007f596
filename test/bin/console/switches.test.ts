import { expect, test } from "vitest";
import { describeFault } from "../../../bin/console/switches.ts";

test("Says how many calls a fault still applies to", () => {
  expect(describeFault({ mode: "hang", callsLeft: 3 })).toBe("hangs, 3 calls left");
  expect(describeFault({ mode: "kill", callsLeft: 1 })).toBe("crashes, 1 call left");
  expect(describeFault({ mode: "lose-answer" })).toBe("loses its answer, until healed");
});
