import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Ready } from "../../local/ready-file.ts";
import type { Line } from "./start.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** The local system in processes of its own, started as a user starts it. */
export interface LocalSystemProcess {
  readonly child: ChildProcess;
  readonly ready: Ready;
  /** All that came to stdout after the line that says it is ready. */
  readonly lines: Line[];
  /** All that came to stderr; complete once the system has ended. */
  readonly stderr: Promise<string>;
}

/** Runs one of the project's npm scripts in a process group of its own, with additional environment variables. */
export function spawnNpm(
  environment: NodeJS.ProcessEnv,
  script: string,
  ...options: string[]
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn("npm", ["run", "--silent", script, "--", ...options], {
    cwd: PROJECT,
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs one of the project's npm scripts to its end. */
export async function runNpm(script: string, ...options: string[]) {
  return runNpmWith({}, script, ...options);
}

/** The same, with environment variables. */
export async function runNpmWith(environment: NodeJS.ProcessEnv, script: string, ...options: string[]) {
  const child = spawnNpm(environment, script, ...options);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number | null]>,
  ]);
  return { stdout, stderr, exitCode };
}

/** Starts the local system on a free port. */
export async function startLocalSystemProcess(...options: string[]): Promise<LocalSystemProcess> {
  const child = spawnNpm({}, "start", "--json", "--port", "0", ...options);
  const stderr = text(child.stderr);
  const lines: Line[] = [];
  const ready = await new Promise<Ready>((resolve, reject) => {
    let first = true;
    createInterface(child.stdout).on("line", (line) => {
      const parsed = JSON.parse(line) as Line;
      if (!first) {
        lines.push(parsed);
      } else if (parsed.type === "ready") {
        first = false;
        resolve(parsed as never);
      } else {
        reject(new Error(`The first line is not the ready line: ${line}`));
      }
    });
    child.once("exit", async () => reject(new Error(`The local system did not start: ${await stderr}`)));
  });
  return { child, ready, lines, stderr };
}

/** Stops the local system and waits for its end. */
export async function stopLocalSystemProcess({ child }: LocalSystemProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

/** Whether any process of the group that a child leads is still there. */
export function isGroupAlive({ pid = 0 }: ChildProcess): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}
