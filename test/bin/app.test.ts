import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { bundleFile } from "../../lib/bundles.ts";

const PROJECT = join(import.meta.dirname, "../..");

/** Runs a command in the project's folder. */
async function run(command: string, options: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  return new Promise<{ exitCode: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(command, options, { cwd: PROJECT, env: { ...process.env, ...environment } }, (error, stdout, stderr) => {
      resolve({ exitCode: error?.code ?? 0, stdout, stderr });
    });
  });
}

/** Runs `npx cdk synth`, as the README has it, with values of the context. */
async function synth(...context: string[]) {
  const output = await mkdtemp(join(tmpdir(), "cdk-synth-"));
  onTestFinished(() => rm(output, { recursive: true }));
  const options = context.flatMap((value) => ["-c", value]);
  return { output, ...(await run("npx", ["cdk", "synth", "--output", output, ...options])) };
}

describe("npx cdk synth", () => {
  test("gives the template with the very bundle that npm run build writes, and warns of undocumented commands", async () => {
    const { exitCode, stdout, stderr, output } = await synth(
      "sdkAppId=1400000001",
      "forward=C2C.CallbackAfterSendMsgs,Group.*",
    );
    expect(exitCode).toBe(0);
    const [, hash] = /S3Key: (\w+)\.zip/.exec(stdout) ?? [];
    const deployed = await readFile(join(output, `asset.${hash}`, "index.mjs"));
    expect(deployed.equals(await readFile(bundleFile("callback")))).toBe(true);
    expect(stdout).toContain("FORWARD: C2C.CallbackAfterSendMsgs,Group.*");
    expect(stderr).toContain(
      "Tencent does not document 'C2C.CallbackAfterSendMsgs'; did you mean C2C.CallbackAfterSendMsg?",
    );
  });

  test("with a wrong configuration fails with every problem, and no stack trace", async () => {
    const { exitCode, stderr } = await synth(
      "sdkAppId=no",
      "queue-type=standard",
      "queueType=lifo",
      "forward=C2C.*,Group",
    );
    expect(exitCode).toBe(1);
    for (const problem of [
      'sdkAppId is "no": expected the Chat app\'s SDKAppID, a number such as 1400000001',
      "queue-type is not a setting: did you mean queueType? The settings are",
      'queueType is "lifo": expected fifo or standard',
      "forward is \"C2C.*,Group\": 'Group' is neither a command",
    ]) {
      expect(stderr).toContain(problem);
    }
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe("The app", () => {
  // Without CDK's command line, which takes longer than the app.
  test("fails with the construct's message alone when the settings contradict each other", async () => {
    const context = JSON.stringify({ sdkAppId: "1", authentication: "none" });
    const { exitCode, stderr } = await run(process.execPath, ["bin/app.ts"], { CDK_CONTEXT_JSON: context });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^Invalid configuration:\n {2}authentication is "none": anyone who knows the URL .*\n$/);
  });
});
