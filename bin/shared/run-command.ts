import { inspect } from "node:util";
import { type CommandIo, type CommandModule, type Main, UsageError } from "./command.ts";

/**
 * Runs the command that the process's first argument names, as this process: with its arguments, streams, signals and
 * exit code.
 *
 * @param commands loads a command's module, by the command's name
 */
export async function runNamedCommand(commands: Readonly<Record<string, () => Promise<CommandModule>>>): Promise<void> {
  const [name = "", ...argv] = process.argv.slice(2);
  const { stdin, stdout, stderr, env: environment } = process;
  const load = commands[name];
  if (load === undefined) {
    stderr.write(`Unknown command '${name}': expected ${Object.keys(commands).join(", ")}\n`);
    process.exitCode = 1;
    return;
  }
  for (const stream of [stdout, stderr]) stream.on("error", reportLostOutput);
  const { main } = await load();
  const exitCode = await runMain(main, argv, { stdin, stdout, stderr, environment, interruption: takeOverSignals });
  process.exitCode ||= exitCode;
}

/**
 * Lets a command go on when its output can't be written, such as to a pipe whose reader has ended: half of its work may be
 * worse than all of it. The exit code tells.
 */
function reportLostOutput({ code, message }: NodeJS.ErrnoException): void {
  if (code !== "EPIPE" && process.exitCode === undefined) process.stderr.write(`Output can't be written: ${message}\n`);
  process.exitCode = 1;
}

/**
 * Runs a command and reports what it throws: a mistake on the command line in one line, anything else with its stack trace.
 *
 * @returns the exit code
 */
export async function runMain(main: Main, argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await main(argv, io);
  } catch (error) {
    io.stderr.write(`${error instanceof UsageError ? error.message : inspect(error)}\n`);
    return 1;
  }
}

/** Implements `interruption` of {@link CommandIo} for this process. */
export function takeOverSignals(): AbortSignal {
  const interruption = new AbortController();
  // A terminal's Ctrl+C reaches this process and npm, which passes it on: it may come twice.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interruption.abort());
  // Nobody reads on. Otherwise `npm start` would run until somebody finds its process.
  process.stdout.on("error", () => interruption.abort());
  return interruption.signal;
}
