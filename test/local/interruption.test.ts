import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { startLocalSystem } from "../../local/local-system.ts";
import { Template } from "../../local/template.ts";
import { SDK_APP_ID, TOKEN } from "../support/callbacks.ts";

const OBSERVER = { request: () => {}, exchange: () => {}, message: () => {}, log: () => {}, failure: () => {} };

/** Starts the local system, with an interruption at the given one of the points where it may stop. */
async function startUntil(point: number) {
  const interruption = new AbortController();
  let points = 0;
  vi.spyOn(interruption.signal, "throwIfAborted").mockImplementation(() => {
    points += 1;
    if (points !== point) return;
    interruption.abort();
    throw interruption.signal.reason;
  });
  const options = { sdkAppId: SDK_APP_ID, token: TOKEN, port: 0 };
  try {
    return await startLocalSystem(options, OBSERVER, interruption.signal);
  } catch (error) {
    expect(error).toBe(interruption.signal.reason);
    return undefined;
  }
}

/** The servers and child processes of this process. */
function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /Server|ProcessWrap/.test(name));
}

test("The local system leaves nothing at whichever point its start is interrupted", async () => {
  const folder = await mkdtemp(join(tmpdir(), "interruption-"));
  vi.stubEnv("TMPDIR", folder);
  const before = resources();
  let point = 1;
  for (; ; point += 1) {
    const system = await startUntil(point);
    if (system !== undefined) {
      expect(await readdir(folder)).toHaveLength(1);
      expect(resources().length).toBeGreaterThan(before.length);
      await system.close();
    }
    expect(await readdir(folder)).toEqual([]);
    expect(resources()).toEqual(before);
    if (system !== undefined) break;
  }
  // The last start was not interrupted.
  expect(point).toBe(5);
});

test("The local system leaves nothing if it can't resolve the template's outputs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "interruption-"));
  vi.stubEnv("TMPDIR", folder);
  const before = resources();
  vi.spyOn(Template.prototype, "outputs").mockImplementation(() => {
    throw new Error("an output is unknown");
  });
  onTestFinished(() => void vi.restoreAllMocks());
  await expect(startLocalSystem({ sdkAppId: SDK_APP_ID, token: TOKEN, port: 0 }, OBSERVER)).rejects.toThrow(
    "an output is unknown",
  );
  expect(await readdir(folder)).toEqual([]);
  expect(resources()).toEqual(before);
});
