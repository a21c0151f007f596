import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { isGroupAlive, startLocalSystemProcess } from "../support/local-system.ts";

describe("A signal", () => {
  test.each([
    ["SIGINT", "npm alone", 1],
    ["SIGINT", "npm alone", 2],
    ["SIGINT", "the process group", 1],
    ["SIGINT", "the process group", 2],
    ["SIGTERM", "npm alone", 1],
    ["SIGTERM", "npm alone", 2],
    ["SIGTERM", "the process group", 1],
    ["SIGTERM", "the process group", 2],
  ] as const)("%s sent to %s %i times ends the local system and leaves no process", async (signal, whom, times) => {
    const { child, stderr } = await startLocalSystemProcess();
    const exited = once(child, "exit");
    for (let count = 0; count < times; count += 1) {
      process.kill(whom === "npm alone" ? (child.pid ?? 0) : -(child.pid ?? 0), signal);
    }
    expect(await exited).toEqual([0, null]);
    await expect.poll(() => isGroupAlive(child)).toBe(false);
    expect(await stderr).toBe("");
  });
});
