import { main } from "../../bin/start.ts";
import type { Ready } from "../../local/ready-file.ts";
import { type CommandResult, launch } from "./command.ts";

/** A line of `npm start -- --json`. */
export type Line = { readonly type: string } & Readonly<Record<string, unknown>>;

/** `npm start -- --json` in this process. */
export interface RunningStart {
  readonly ready: Ready;
  /** The lines that followed the ready line so far. */
  lines(): Line[];
  /** Interrupts it and waits for its end. */
  stop(): Promise<CommandResult>;
}

/** Runs `npm start -- --json` on a free port in this process, and waits until it is ready. */
export async function startInProcess(...options: string[]): Promise<RunningStart> {
  const { output, ended, printed, interrupt } = launch(main, "--json", "--port", "0", ...options);
  await printed("\n");
  const lines = () =>
    output.stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  const [ready] = lines();
  return {
    ready: ready as unknown as Ready,
    lines: () => lines().slice(1),
    stop() {
      interrupt();
      return ended;
    },
  };
}
