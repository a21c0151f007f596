import { once } from "node:events";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, test } from "vitest";
import { isGroupAlive, spawnNpm } from "../../support/local-system.ts";

const PATIENCE = { timeout: 60_000, interval: 20 };

describe.concurrent("npm start, sent", () => {
  test.for([
    ["SIGINT", 1, "to npm alone", "starts"],
    ["SIGTERM", 2, "to the process group", "starts"],
    ["SIGTERM", 2, "to npm alone", "is ready"],
    ["SIGINT", 1, "to the process group", "is ready"],
  ] as const)(
    "%s %i time(s) %s while it %s, ends and leaves nothing",
    async ([signal, times, target, state], { expect }) => {
      const TMPDIR = await mkdtemp(join(tmpdir(), "signals-"));
      const child = spawnNpm({ TMPDIR }, "start", "--port", "0");
      const stderr = text(child.stderr);
      let stdout = "";
      child.stdout.on("data", (data) => {
        stdout += data;
      });
      const exited = once(child, "exit");
      // npm keeps a cache of its own in the same folder.
      const ours = async () => (await readdir(TMPDIR)).filter((name) => name.startsWith("tencent-chat-events"));
      await expect.poll(ours, PATIENCE).toHaveLength(1);
      if (state === "is ready") await expect.poll(() => stdout, PATIENCE).toContain("Ctrl+C stops it.");

      const { pid = Number.NaN } = child;
      for (let count = 0; count < times; count += 1) process.kill(target === "to npm alone" ? pid : -pid, signal);

      const clean = [0, null];
      // A second signal may reach npm while it is ending, and then ends it. The process under test must end all the same.
      expect(times === 1 ? [clean] : [clean, [null, signal]]).toContainEqual(await exited);
      await expect.poll(() => isGroupAlive(child), PATIENCE).toBe(false);
      expect(await ours()).toEqual([]);
      expect(await stderr).toBe("");
    },
  );
});
