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
  const { main } = await load();
  process.exitCode = await runMain(main, argv, {
    stdin,
    stdout,
    stderr,
    environment,
    interruption: takeOverSignals,
  });
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
  return interruption.signal;
}
