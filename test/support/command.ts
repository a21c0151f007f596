import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import type { Main } from "../../bin/shared/command.ts";
import { runMain } from "../../bin/shared/run-command.ts";

/** What a command wrote, and the exit code it ended with. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A command that runs in this process. */
export interface RunningCommand {
  /** What it has written so far. */
  readonly output: Readonly<Record<"stdout" | "stderr", string>>;
  readonly ended: Promise<CommandResult>;
  /** Waits until stdout contains a text; rejects if the command ends before. */
  printed(text: string): Promise<void>;
  /** Interrupts it as Ctrl+C does. */
  interrupt(): void;
}

/** Starts a command in this process. */
export function launch(main: Main, ...argv: string[]): RunningCommand {
  const output = { stdout: "", stderr: "" };
  const interruption = new AbortController();
  const writes = new EventEmitter();
  const collect = (stream: keyof typeof output) => ({
    write(text: string, done?: () => void) {
      output[stream] += text;
      writes.emit("write");
      done?.();
    },
  });
  const ended = runMain(main, argv, {
    stdin: Readable.from([]),
    stdout: collect("stdout"),
    stderr: collect("stderr"),
    environment: process.env,
    interruption: () => interruption.signal,
  }).then((exitCode) => ({ ...output, exitCode }));
  return {
    output,
    ended,
    async printed(text) {
      while (!output.stdout.includes(text)) {
        const result = await Promise.race([once(writes, "write"), ended]);
        if ("exitCode" in result) throw new Error(`The command ended with ${JSON.stringify(result)}`);
      }
    },
    interrupt: () => interruption.abort(),
  };
}

/** Runs a command in this process to its end. */
export function run(main: Main, ...argv: string[]): Promise<CommandResult> {
  return launch(main, ...argv).ended;
}
