import { readReadyFile } from "../local/ready-file.ts";
import type { CallbackTarget } from "./doctor/callback-target.ts";
import { checkCallbacks } from "./doctor/check-callbacks.ts";
import { checkConnection } from "./doctor/check-connection.ts";
import { checkStack } from "./doctor/check-stack.ts";
import { type ClientSettings, type DeployedStack, readStack } from "./doctor/deployed-stack.ts";
import { type Findings, toLine } from "./doctor/finding.ts";
import { readOptions, readUrl, runCommand, UsageError } from "./shared/command.ts";

// Looks at a callback URL from the outside, and at its stack, if there is one: a line for each thing, 1 if any FAILed.
await runCommand(async () => {
  const options = readOptions({
    stack: { type: "string" },
    region: { type: "string" },
    url: { type: "string" },
    "sdk-app-id": { type: "string" },
    token: { type: "string" },
    publish: { type: "boolean", default: false },
  });
  const { stack: stackName, region } = options;
  if (stackName === undefined && region !== undefined) {
    throw new UsageError("--region goes with --stack: expected both, or neither");
  }
  if (stackName !== undefined && (options.url ?? options["sdk-app-id"] ?? options.token) !== undefined) {
    throw new UsageError("--stack knows its URL, SDKAppID and token: leave out --url, --sdk-app-id and --token");
  }
  const settings: ClientSettings = region === undefined ? {} : { region };
  const stack = stackName === undefined ? undefined : await readStack(stackName, settings);
  const target = stack === undefined ? await readTarget(options) : { ...stack, url: new URL(stack.callbackUrl) };

  for await (const finding of look(target, stack, settings, options.publish)) {
    console.log(toLine(finding));
    if (finding.verdict === "FAIL") process.exitCode = 1;
  }
});

async function* look(
  target: CallbackTarget,
  stack: DeployedStack | undefined,
  settings: ClientSettings,
  publish: boolean,
): Findings {
  const connection = await checkConnection(target.url);
  yield connection;
  if (connection.verdict !== "FAIL") yield* checkCallbacks(target, publish);
  if (stack) yield* checkStack(stack, settings);
}

/** What the command line names; app and token come from the running local system unless given. */
async function readTarget(options: { url?: string; "sdk-app-id"?: string; token?: string }): Promise<CallbackTarget> {
  const { url: text = "http://127.0.0.1:8787/callback" } = options;
  const url = readUrl(text);
  const local = await readReadyFile(text);
  const required = (name: "sdk-app-id" | "token", what: string, found: string | undefined): string => {
    const value = options[name] ?? found;
    if (value) return value;
    throw new UsageError(
      `--${name} is missing: expected the ${what} of ${url.origin}${url.pathname}. 'npm start' prints the local one; 'npm run doctor' ` +
        "finds it by itself while the local system runs at that URL.",
    );
  };
  const sdkAppId = required("sdk-app-id", "SDKAppID", local?.sdkAppId);
  return { url, sdkAppId, token: required("token", "callback token", local?.token) };
}
