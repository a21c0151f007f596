import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

test("A long line is whole in the log, although the process is killed right after writing it", async () => {
  const script = `
    import { log } from ${JSON.stringify(new URL("../../functions/log.ts", import.meta.url).href)};
    log("ERROR", "long", { body: "x".repeat(1_000_000) });
    process.kill(process.pid, "SIGKILL");`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await text(child.stdout);
  expect(JSON.parse(line)).toMatchObject({ message: "long", body: expect.stringMatching(/^x{1000000}$/) });
});
