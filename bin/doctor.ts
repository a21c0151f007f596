import { checkCallbacks } from "./doctor/check-callbacks.ts";
import { checkConnection } from "./doctor/check-connection.ts";
import { checkStack } from "./doctor/check-stack.ts";
import { type ClientSettings, type DeployedStack, readStack } from "./doctor/deployed-stack.ts";
import { type Findings, toLine } from "./doctor/finding.ts";
import { type CallbackTarget, LOCAL_CALLBACK_URL, readTarget } from "./shared/callback-target.ts";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  toMain,
  UsageError,
} from "./shared/command.ts";

export const definition = {
  invocation: "npm run doctor",
  summary:
    "Checks from the outside that a callback URL works and refuses what it should, and then the stack behind it. Prints one " +
    "line for each check, and exits with 0 if none of them begins with FAIL.",
  options: {
    stack: { value: "NAME", meaning: "Deployed stack to check; it supplies the URL, the SDKAppID and the token." },
    region: { value: "REGION", defaultText: "your AWS configuration's", meaning: "Region of the stack." },
    url: {
      value: "URL",
      defaultText: `the local system's, ${LOCAL_CALLBACK_URL}`,
      meaning: "Callback URL to check instead of a stack's.",
    },
    "sdk-app-id": {
      value: "ID",
      defaultText: "the local system's if it runs at the URL",
      meaning: "SDKAppID that the callback URL expects.",
    },
    token: {
      value: "TOKEN",
      defaultText: "the local system's if it runs at the URL",
      meaning: "Token that signs callbacks.",
    },
    publish: { meaning: 'Sends a read report of the reader "doctor" as well, which becomes an event.' },
  },
  example: "npm run doctor -- --stack TencentChatEvents-1400000001 --region eu-central-1",
} as const satisfies CommandDefinition;

export const main = toMain(definition, doctor);

async function doctor(options: OptionValues<typeof definition>, io: CommandIo): Promise<number> {
  const print = linePrinter(io.stdout);
  const { stack: stackName, region, url, "sdk-app-id": sdkAppId, token, publish } = options;
  if (stackName === undefined && region !== undefined) {
    throw new UsageError("--region is the stack's: give --stack as well, or leave out --region");
  }
  if (stackName !== undefined && (url ?? sdkAppId ?? token) !== undefined) {
    throw new UsageError("--stack supplies the URL, SDKAppID and token: leave out --url, --sdk-app-id and --token");
  }
  const settings: ClientSettings = region === undefined ? {} : { region };
  const stack = stackName === undefined ? undefined : await readStack(stackName, settings);
  const target =
    stack === undefined ? await readTarget({ url, sdkAppId, token }) : { ...stack, url: new URL(stack.callbackUrl) };

  let exitCode = 0;
  for await (const finding of check(target, stack, settings, publish)) {
    print(toLine(finding));
    if (finding.verdict === "FAIL") exitCode = 1;
  }
  return exitCode;
}

async function* check(
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
