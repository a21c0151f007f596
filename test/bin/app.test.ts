import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { bundleFile } from "../../lib/bundles.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** `npx cdk synth`, as the README has it. */
async function synth(...options: string[]) {
  const output = await mkdtemp(join(tmpdir(), "cdk-synth-"));
  onTestFinished(() => rm(output, { recursive: true }));
  const command = ["cdk", "synth", "--output", output, ...options];
  return new Promise<{ exitCode: unknown; stdout: string; stderr: string; output: string }>((resolve) => {
    execFile("npx", command, { cwd: PROJECT }, (error, stdout, stderr) => {
      resolve({ exitCode: error?.code ?? 0, stdout, stderr, output });
    });
  });
}

describe("npx cdk synth", () => {
  test("with the SDKAppID gives the template, and the very bundle that npm run build writes", async () => {
    const { exitCode, stdout, output } = await synth("-c", "sdkAppId=1400000001");
    expect(exitCode).toBe(0);
    const [, hash] = /S3Key: (\w+)\.zip/.exec(stdout) ?? [];
    const deployed = await readFile(join(output, `asset.${hash}`, "index.mjs"));
    expect(deployed.equals(await readFile(bundleFile("callback")))).toBe(true);
  });

  test("forwards a command that Tencent does not document, with a warning that names the nearest it does", async () => {
    const { exitCode, stdout, stderr } = await synth(
      ...["-c", "sdkAppId=1", "-c", "forward=C2C.CallbackAfterSendMsgs,Group.*"],
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain("FORWARD: C2C.CallbackAfterSendMsgs,Group.*");
    expect(stderr).toContain(
      "Tencent does not document 'C2C.CallbackAfterSendMsgs'; did you mean C2C.CallbackAfterSendMsg?",
    );
  });

  test.each([
    [
      [],
      "sdkAppId is missing: expected the Chat app's SDKAppID, a number such as 1400000001. Set it with -c sdkAppId=VALUE",
    ],
    [
      ["-c", "sdkAppId=1", "-c", "allowedSourceCIDRs=::1"],
      "allowedSourceCIDRs is not a setting: did you mean allowedSourceCidrs? The settings are",
    ],
    [
      ["-c", "sdkAppId=1", "-c", "queue-type=standard"],
      "queue-type is not a setting: did you mean queueType? The settings are",
    ],
    [["-c", "sdkAppId=1", "-c", "queueType=lifo"], 'queueType is "lifo": expected fifo or standard'],
    [["-c", "sdkAppId=1", "-c", "forward=C2C.*,Group"], "forward is \"C2C.*,Group\": 'Group' is neither a command"],
    [
      ["-c", "sdkAppId=1", "-c", "authentication=none"],
      'authentication is "none": anyone who knows the URL could send events',
    ],
  ])("with %j fails with a message, and no stack trace", async (options, message) => {
    const { exitCode, stderr } = await synth(...options);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
