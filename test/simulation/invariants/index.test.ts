import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PROMISES } from "../../../simulation/invariants/index.ts";

test("Each promise has made-up histories that break it, and that just keep it", () => {
  const tests = globSync("*.test.ts", { cwd: import.meta.dirname })
    .map((file) => readFileSync(new URL(file, import.meta.url), "utf8"))
    .join("");
  expect(Object.keys(PROMISES).filter((promise) => !tests.includes(promise))).toEqual([]);
});
