import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Print } from "../../shared/command.ts";
import { CONTEXT_KEY, type IntegStackProps } from "../stack-props.ts";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
const CDK = createRequire(import.meta.url).resolve("aws-cdk/bin/cdk");

/** Runs a command of CDK's for a stack. @returns the exit code */
export type CdkCommand = (stack: IntegStackProps) => Promise<number>;

/** The commands, with their own options. */
const COMMANDS = {
  deploy: ["deploy", "--require-approval", "never", "--progress", "events"],
  // It continues the rollback, and skips the resources that failed.
  rollback: ["rollback", "--force"],
} as const;

/**
 * Creates a {@link CdkCommand} that runs CDK's command line, as operators do.
 *
 * @param region the stack's region
 * @param print takes CDK's output, which contains no secrets
 */
export function cdk(command: keyof typeof COMMANDS, region: string, print: Print): CdkCommand {
  return async (stack) => {
    const output = await mkdtemp(join(tmpdir(), "tencent-chat-events-integ-"));
    try {
      const options = [
        ...["--app", "node bin/run.mjs bin/integ/app.ts"],
        ...["--context", `${CONTEXT_KEY}=${JSON.stringify(stack)}`],
        ...["--output", output],
      ];
      const child = spawn(process.execPath, [CDK, ...COMMANDS[command], ...options], {
        cwd: PROJECT,
        // Ctrl+C in a terminal reaches the whole process group, and must not end `cdk deploy` halfway.
        detached: true,
        env: { ...process.env, AWS_REGION: region, AWS_DEFAULT_REGION: region },
        stdio: ["ignore", "pipe", "pipe"],
      });
      for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", print);
      const [exitCode] = (await once(child, "close")) as [number | null];
      return exitCode ?? 1;
    } finally {
      await rm(output, { recursive: true, force: true });
    }
  };
}
