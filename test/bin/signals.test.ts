import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { describe, test } from "vitest";
import { readReadyFile } from "../../local/ready-file.ts";
import { isGroupAlive, startLocalSystemProcess } from "../support/local-system.ts";

describe.concurrent("A signal", () => {
  test.for([
    ["SIGINT", "npm alone", 1],
    ["SIGINT", "npm alone", 2],
    ["SIGINT", "the process group", 1],
    ["SIGINT", "the process group", 2],
    ["SIGTERM", "npm alone", 1],
    ["SIGTERM", "npm alone", 2],
    ["SIGTERM", "the process group", 1],
    ["SIGTERM", "the process group", 2],
  ] as const)(
    "%s sent to %s %i times ends the local system and leaves nothing",
    async ([signal, whom, times], { expect }) => {
      const { child, ready, stderr, temporaryFolder } = await startLocalSystemProcess();
      // npm keeps a cache of its own there.
      const ours = async () =>
        (await readdir(temporaryFolder)).filter((name) => name.startsWith("tencent-chat-events"));
      expect(await ours()).toHaveLength(1);
      const exited = once(child, "exit");
      const { pid = Number.NaN } = child;
      for (let count = 0; count < times; count += 1) {
        process.kill(whom === "npm alone" ? pid : -pid, signal);
      }
      expect(await exited).toEqual([0, null]);
      await expect.poll(() => isGroupAlive(child)).toBe(false);
      expect(await ours()).toEqual([]);
      expect(await readReadyFile(ready.callbackUrl)).toBeUndefined();
      expect(await stderr).toBe("");
    },
  );
});
