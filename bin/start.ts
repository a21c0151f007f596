import { randomInt } from "node:crypto";
import { createServer } from "node:http";
import { createForwarding } from "../events/forwarding.ts";
import { type LocalSystem, type LocalSystemOptions, startLocalSystem } from "../local/local-system.ts";
import { type Ready, removeReadyFile, writeReadyFile } from "../local/ready-file.ts";
import { close, listen } from "../local/server.ts";
import { buildFunctions } from "./build/build-functions.ts";
import { readInteger, readOptions, runCommand, UsageError } from "./shared/command.ts";
import { readConfig, StackConfigError } from "./stack-config.ts";
import { humanReporter, jsonReporter, type Reporter } from "./start/reporters.ts";

/** Stopping takes milliseconds; whatever hangs longer is left to the operating system. */
const STOP_WITHIN_MS = 800;

await runCommand(async () => {
  const options = readOptions({
    port: { type: "string", default: "8787" },
    destination: { type: "string" },
    "queue-type": { type: "string" },
    forward: { type: "string" },
    "sdk-app-id": { type: "string", default: "1400000001" },
    token: { type: "string", default: randomToken() },
    json: { type: "boolean", default: false },
  });
  const { token } = options;
  if (token === "") throw new UsageError("--token is empty: expected the callback token");
  const port = readInteger("port", options.port, 65_535);
  const config = readStackConfig(options);

  const reporter = options.json ? jsonReporter() : humanReporter(createForwarding(config.forward ?? []));
  const starting = start({ ...config, port, token }, reporter, options.json).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new UsageError(`Port ${port} is in use: stop what listens there, or choose another with -- --port N`);
  });

  let ready: Ready | undefined;
  const stop = async () => {
    setTimeout(() => process.exit(), STOP_WITHIN_MS);
    const system = await starting.catch(() => undefined);
    await Promise.all([system?.close(), ready && removeReadyFile(ready)]);
    process.exit();
  };
  // A terminal's Ctrl+C reaches this process and npm, which passes it on: it may come twice.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, stop).on(signal, () => {});

  const { outputs, sqsEndpoint, standbyQueueUrl } = await starting;
  ready = {
    callbackUrl: outputs["CallbackUrl"] ?? "",
    sdkAppId: config.sdkAppId,
    token,
    sqsEndpoint,
    queueUrl: outputs["QueueUrl"] ?? "",
    standbyQueueUrl,
  };
  await writeReadyFile(ready);
  reporter.ready(ready);
});

/** Starts the local system, unless its port is taken: that is found out before the seconds the rest takes. */
async function start(options: LocalSystemOptions, reporter: Reporter, quietly: boolean): Promise<LocalSystem> {
  const probe = createServer();
  await listen(probe, options.port);
  await close(probe);
  if (!quietly) console.log("Starting: synthesising the stack and bringing up what is in it …");
  await buildFunctions();
  return startLocalSystem(options, reporter);
}

function readStackConfig(options: {
  destination?: string;
  "queue-type"?: string;
  forward?: string;
  "sdk-app-id": string;
}) {
  const { destination, "queue-type": queueType, forward, "sdk-app-id": sdkAppId } = options;
  try {
    return readConfig({ destination, queueType, forward, sdkAppId });
  } catch (error) {
    if (!(error instanceof StackConfigError)) throw error;
    const problems = error.problems.map(({ key, message }) => `--${toOptionName(key)} ${message}`);
    throw new UsageError(problems.join("; "));
  }
}

/** `sdkAppId` is called `--sdk-app-id` here. */
function toOptionName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Like the stack's: 32 letters and digits. */
function randomToken(): string {
  const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length: 32 }, () => characters[randomInt(characters.length)]).join("");
}
