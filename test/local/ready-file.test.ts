import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readReadyFile, removeReadyFile, writeReadyFile } from "../../local/ready-file.ts";

// No system listens on port 1.
const READY = {
  callbackUrl: "http://127.0.0.1:1/callback",
  sdkAppId: "1400000001",
  token: "token",
  sqsEndpoint: "http://127.0.0.1:2",
  queueUrl: "http://127.0.0.1:2/000000000000/queue.fifo",
  standbyQueueUrl: "http://127.0.0.1:2/000000000000/standby",
};

test("Only its user may read a system's files, which are found only by the callback URL until they are removed", async () => {
  onTestFinished(() => removeReadyFile(READY));
  await writeReadyFile(READY, "settings");
  for (const type of ["json", "sh"]) {
    const { mode } = await stat(join(import.meta.dirname, `../../.local/1.${type}`));
    expect((mode & 0o777).toString(8), type).toBe("600");
  }
  expect(await readReadyFile(READY.callbackUrl)).toEqual(READY);
  expect(await readReadyFile("http://127.0.0.1:3/callback")).toBeUndefined();
  expect(await readReadyFile("https://example.com:1/callback")).toBeUndefined();
  await removeReadyFile(READY);
  expect(await readReadyFile(READY.callbackUrl)).toBeUndefined();
});
