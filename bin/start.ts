import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { setImmediate } from "node:timers/promises";
import { createForwarding } from "../events/forwarding.ts";
import { FUNCTION_SETTINGS } from "../functions/settings.ts";
import { explainUndocumented } from "../lib/undocumented-commands.ts";
import { Faults } from "../local/faults.ts";
import { type LocalSystem, startLocalSystem } from "../local/local-system.ts";
import { withHttps } from "../local/read-stack.ts";
import { type Ready, removeReadyFile, writeReadyFile } from "../local/ready-file.ts";
import { close, listen } from "../local/server.ts";
import { toShellSettings } from "../local/shell-settings.ts";
import { buildFunctions } from "./build/build-functions.ts";
import type { ConsoleOptions } from "./console/console.ts";
import { Journal } from "./console/journal.ts";
import { type RunningConsole, startConsole } from "./console/server.ts";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  toMain,
  UsageError,
} from "./shared/command.ts";
import { readInteger } from "./shared/option-values.ts";
import { readConfig, StackConfigError } from "./shared/stack-config.ts";
import { checkRelayUrl } from "./start/check-relay-url.ts";
import { combineObservers } from "./start/combine-observers.ts";
import { readFaults } from "./start/read-faults.ts";
import { humanReporter, jsonReporter, type Reporter } from "./start/reporters.ts";

export const definition = {
  invocation: "npm start",
  summary:
    "Runs the whole system on this machine, from the callback URL to the queue, without an AWS account, and prints what " +
    "becomes of each callback. Ctrl+C stops it.",
  options: {
    port: { value: "N", default: "8787", meaning: "Port of the callback URL; 0 picks a free one." },
    destination: {
      value: "queue|bus",
      defaultText: "queue",
      meaning: "Where events go; on a bus, the stack's own rule delivers them to a queue.",
    },
    "queue-type": {
      value: "fifo|standard",
      defaultText: "fifo",
      meaning: "Type of the destination queue; not with a bus.",
    },
    forward: {
      value: "LIST",
      defaultText: "none",
      meaning: "Other callbacks that become events, such as 'C2C.*,Group.CallbackAfterSendMsg'; see docs/callbacks.md.",
    },
    relay: {
      value: "URL",
      defaultText: "none",
      meaning: "Existing handler that gets the callbacks: https, or http on this machine; see docs/migrate.md.",
    },
    "relay-commands": {
      value: "LIST",
      defaultText: "all",
      meaning: "Callbacks to relay, such as 'C2C.*,Group.CallbackBeforeSendMsg'; families include before-callbacks.",
    },
    "sdk-app-id": {
      value: "ID",
      default: "1400000001",
      meaning: "SDKAppID of the Chat app; callbacks of other apps are refused.",
    },
    token: { value: "TOKEN", defaultText: "a random one", meaning: "Token that signs callbacks." },
    break: {
      value: "FAULTS",
      defaultText: "none",
      meaning: "Breaks parts to begin with, such as destination=hang,standby=fail:20; see docs/drills.md.",
    },
    "console-port": {
      value: "N",
      defaultText: "8788, or a free one if that is taken",
      meaning: "Port of the console; 0 picks a free one.",
    },
    "no-console": { meaning: "Leaves the console out." },
    json: { meaning: "Prints JSON lines for programs; the first one has the type 'ready'." },
  },
  example: "npm start -- --port 0 --forward 'C2C.*'",
} as const satisfies CommandDefinition;

type StartOptions = OptionValues<typeof definition>;

export const main = toMain(definition, start);

async function start(options: StartOptions, io: CommandIo): Promise<number> {
  const print = linePrinter(io.stdout);
  const { token = randomBytes(16).toString("hex"), json } = options;
  if (token === "") throw new UsageError("--token is empty: expected the callback token");
  const port = readInteger("port", options.port, 65_535);
  const consolePort = readConsolePort(options);
  const faults = new Faults();
  for (const { part, mode, calls } of readFaults(options.break, options.relay)) faults.break(part, mode, calls);
  const config = readStackConfig(options, port);
  const { forward = [], relayUrl, relayCommands = FUNCTION_SETTINGS.relayCommands.default } = config;
  for (const sentence of explainUndocumented(forward)) io.stderr.write(`--forward: ${sentence}.\n`);
  for (const sentence of explainUndocumented(relayCommands)) io.stderr.write(`--relay-commands: ${sentence}.\n`);

  const reporter = json ? jsonReporter(print) : humanReporter(print, createForwarding(forward), relayUrl);
  const interruption = io.interruption();
  try {
    await checkPort(port);
    if (!json) print("Synthesising the stack and starting its parts …");
    await build(interruption);
    const { sdkAppId } = config;
    const settings = { sdkAppId, forward, relayUrl, relayCommands };
    const journal = new Journal(settings);
    const observer = consolePort === undefined ? reporter : combineObservers(reporter, journal);
    const system = await startLocalSystem({ ...config, port, token, faults }, observer, interruption);
    const openConsole = async () => {
      if (consolePort !== undefined) return startConsoleAt(consolePort, { ...settings, system, journal, faults });
    };
    await serve(system, { sdkAppId, token }, openConsole, reporter, interruption);
  } catch (error) {
    if (error !== interruption.reason) throw explainPort(error, port);
  }
  return 0;
}

/** A port, and whether another one will do if it is taken. */
interface ConsolePort {
  readonly number: number;
  readonly isFixed: boolean;
}

const DEFAULT_CONSOLE_PORT = 8788;

/** @returns `undefined` with `--no-console` */
function readConsolePort({ "no-console": none, "console-port": port }: StartOptions): ConsolePort | undefined {
  if (none) return undefined;
  if (port === undefined) return { number: DEFAULT_CONSOLE_PORT, isFixed: false };
  return { number: readInteger("console-port", port, 65_535), isFixed: true };
}

/** @throws {UsageError} when the port was asked for and is taken */
async function startConsoleAt(
  { number: port, isFixed }: ConsolePort,
  options: ConsoleOptions,
): Promise<RunningConsole> {
  try {
    return await startConsole({ ...options, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    if (!isFixed) return startConsole({ ...options, port: 0 });
    throw new UsageError(`--console-port ${port} is in use: choose another, or 0 for a free one`);
  }
}

/** Finds out whether a port is free before the seconds that the rest of the start takes. */
async function checkPort(port: number): Promise<void> {
  const probe = createServer();
  await listen(probe, port);
  await close(probe);
}

async function build(interruption: AbortSignal): Promise<void> {
  try {
    await buildFunctions();
  } catch (error) {
    // Ctrl+C also ends esbuild's process, and Node.js may notice that first: it handles signals last.
    await setImmediate();
    interruption.throwIfAborted();
    throw error;
  }
}

function explainPort(error: unknown, port: number): unknown {
  if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") return error;
  return new UsageError(`Port ${port} is in use: stop the program that uses it, or choose another with -- --port N`);
}

/** Prints how to use the system, waits for the interruption and stops the system. */
async function serve(
  system: LocalSystem,
  credentials: Pick<Ready, "sdkAppId" | "token">,
  openConsole: () => Promise<RunningConsole | undefined>,
  reporter: Reporter,
  interruption: AbortSignal,
): Promise<void> {
  await using running = new AsyncDisposableStack();
  running.defer(system.close);
  const console = await openConsole();
  if (console) running.defer(console.close);
  const { outputs, sqsEndpoint, standbyQueueUrl } = system;
  const ready: Ready = {
    callbackUrl: outputs["CallbackUrl"] ?? "",
    ...(console && { consoleUrl: console.url }),
    ...credentials,
    sqsEndpoint,
    queueUrl: outputs["QueueUrl"] ?? "",
    standbyQueueUrl,
  };
  running.defer(() => removeReadyFile(ready));
  await writeReadyFile(ready, toShellSettings(system));
  reporter.ready(ready, outputs["EventBusName"]);
  if (!interruption.aborted) await once(interruption, "abort");
}

/** @param port the port of the callback URL */
function readStackConfig(options: StartOptions, port: number) {
  const { destination, "queue-type": queueType, forward, "sdk-app-id": sdkAppId } = options;
  const { relay, "relay-commands": relayCommands } = options;
  if (relay === undefined && relayCommands !== undefined)
    throw new UsageError(
      "--relay-commands has no effect without --relay: give the existing handler's URL, or leave it out",
    );
  if (relay !== undefined) checkRelayUrl(relay, port);
  const relayUrl = relay && withHttps(relay);
  try {
    const config = readConfig({ destination, queueType, forward, relayUrl, relayCommands, sdkAppId });
    return { ...config, relayUrl: relay };
  } catch (error) {
    if (!(error instanceof StackConfigError)) throw error;
    const problems = error.problems.map(({ key, message }) => `--${toOptionName(key)} ${message}`);
    throw new UsageError(problems.join("; "));
  }
}

/** The option that sets a key of the configuration: `--sdk-app-id` sets `sdkAppId`. */
function toOptionName(key: string): string {
  if (key === "relayUrl") return "relay";
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
