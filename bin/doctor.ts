import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { createRelayTarget, type RelayTarget } from "../functions/relay-target.ts";
import { FUNCTION_SETTINGS } from "../functions/settings.ts";
import { readReadyFile } from "../local/ready-file.ts";
import { LOCAL_REGION } from "../local/template.ts";
import { checkCallbacks } from "./doctor/check-callbacks.ts";
import { checkConnection } from "./doctor/check-connection.ts";
import { checkDestination, checkQueues } from "./doctor/check-destination.ts";
import { checkFunction } from "./doctor/check-function.ts";
import { checkHandler, type Relaying } from "./doctor/check-handler.ts";
import { checkLimits } from "./doctor/check-limits.ts";
import { type DeployedStack, readStack } from "./doctor/deployed-stack.ts";
import { explainFailure } from "./doctor/explain-failure.ts";
import { type Finding, type Findings, toLine } from "./doctor/finding.ts";
import { listResources } from "./doctor/list-resources.ts";
import { type CallbackTarget, LOCAL_CALLBACK_URL, readTarget } from "./shared/callback-target.ts";
import { type ClientSettings, clientSettings } from "./shared/client-settings.ts";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  toMain,
  UsageError,
} from "./shared/command.ts";
import { readUrl } from "./shared/option-values.ts";
import { printable } from "./shared/printable.ts";

export const definition = {
  invocation: "npm run doctor",
  summary:
    "Checks from the outside that a callback URL works and refuses what it should, and then the stack behind it. Prints one " +
    "line for each check, then the values that the runbook's commands need. Exits with 0 if no line begins with FAIL.",
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
      defaultText: "the stack's, or the local system's if it runs at the URL",
      meaning: "SDKAppID that the callback URL expects; with --stack, it chooses one of several apps.",
    },
    token: {
      value: "TOKEN",
      defaultText: "the local system's if it runs at the URL",
      meaning: "Token that signs callbacks.",
    },
    "relay-url": {
      value: "URL",
      defaultText: "the stack's",
      meaning: "Existing handler that the callback URL relays to; it gets a signed and an unsigned Verify.",
    },
    publish: { meaning: 'Sends a read report of the reader "doctor" as well, which becomes an event.' },
    moderate: {
      meaning:
        'Asks the existing handler, directly and through the callback URL, to allow a message of the user "doctor".',
    },
  },
  example: "npm run doctor -- --stack TencentChatEvents-1400000001 --region eu-central-1",
} as const satisfies CommandDefinition;

export const main = toMain(definition, doctor);

async function doctor(options: OptionValues<typeof definition>, io: CommandIo): Promise<number> {
  const { stack: stackName, region, url, "sdk-app-id": sdkAppId, token, "relay-url": relayUrl } = options;
  if (stackName === undefined && region !== undefined) {
    throw new UsageError("--region is the stack's: give --stack as well, or leave out --region");
  }
  if (stackName !== undefined && (url ?? token ?? relayUrl) !== undefined) {
    throw new UsageError("--stack supplies the URLs and the token: leave out --url, --token and --relay-url");
  }
  const settings = clientSettings(region);
  const stack = stackName === undefined ? undefined : await readStack(stackName, sdkAppId, settings);
  const findings = stack
    ? checkStack(stack, settings, options)
    : checkWithoutStack(await readTarget({ url, sdkAppId, token }), readHandler(relayUrl), options);

  const print = linePrinter(io.stdout);
  let exitCode = 0;
  for await (const finding of findings) {
    print(printable(toLine(finding)));
    if (finding.verdict === "FAIL") exitCode = 1;
  }
  const values = stack ? ["", "Values for the commands in docs/runbook.md:", ...listResources(stack)] : [];
  for (const line of values) print(printable(line));
  return exitCode;
}

/** Which checks with consequences to make. */
type Consequences = Pick<OptionValues<typeof definition>, "publish" | "moderate">;

function readHandler(relayUrl: string | undefined): RelayTarget | undefined {
  if (relayUrl === undefined) return undefined;
  return createRelayTarget({ relayUrl: readUrl(relayUrl, "relay-url", "the existing handler's URL").href });
}

async function* checkUrl(
  endpoint: CallbackTarget,
  relaying: Omit<Relaying, "endpoint"> | undefined,
  { publish, moderate }: Consequences,
): Findings {
  const connection = await checkConnection(endpoint.url);
  yield connection;
  if (connection.verdict === "FAIL") return;
  yield* checkCallbacks(endpoint, publish);
  if (relaying) yield* checkHandler({ ...relaying, endpoint }, moderate);
}

/** Checks a URL, the handler behind it, and the queues if the local system runs there. */
async function* checkWithoutStack(
  target: CallbackTarget,
  handler: RelayTarget | undefined,
  consequences: Consequences,
): Findings {
  const relaying = handler && { handler, ownUrls: [target.url.href], isConfigured: false };
  yield* checkUrl(target, relaying, consequences);
  const local = await readReadyFile(target.url.href);
  if (local === undefined) return;
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const sqs = new SQSClient({ endpoint: local.sqsEndpoint, region: LOCAL_REGION, credentials });
  const queues = [local.queueUrl, local.standbyQueueUrl];
  yield* checkQueues(
    sqs,
    queues.map((queueUrl) => ({ name: queueUrl.slice(queueUrl.lastIndexOf("/") + 1), queueUrl })),
  );
}

async function* checkStack(stack: DeployedStack, settings: ClientSettings, consequences: Consequences): Findings {
  const { callbackUrl, apiCallbackUrl, variables } = stack;
  const url = new URL(callbackUrl);
  const token = await checkToken(variables, settings);
  if (typeof token === "object") {
    yield checkConnection(url);
    yield token;
  } else {
    const handler = createRelayTarget(readRelaySettings(variables));
    const relaying = handler && { handler, ownUrls: [callbackUrl, apiCallbackUrl], isConfigured: true };
    yield* checkUrl({ url, sdkAppId: variables.SDK_APP_ID ?? "", token }, relaying, consequences);
  }
  yield* checkFunction(stack, settings);
  yield* checkLimits(stack, settings);
  yield* checkDestination(stack, settings);
}

/** The settings about the handler; without those that the function can't read either. */
function readRelaySettings({ RELAY_URL = "", RELAY_COMMANDS = "" }: DeployedStack["variables"]) {
  const { relayUrl, relayCommands } = FUNCTION_SETTINGS;
  return {
    relayUrl: relayUrl.kind.parse?.(RELAY_URL),
    relayCommands: relayCommands.kind.parse?.(RELAY_COMMANDS) ?? relayCommands.default,
  };
}

/** @returns the token; `undefined` if callbacks are not authenticated; a finding if it can't be read */
async function checkToken(
  { AUTHENTICATION, TOKEN_SECRET_ARN }: DeployedStack["variables"],
  settings: ClientSettings,
): Promise<string | undefined | Finding> {
  if (AUTHENTICATION === "none") return undefined;
  const page = "docs/runbook.md#server-errors";
  const read = async (): Promise<string | Finding> => {
    const secrets = new SecretsManagerClient(settings);
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: TOKEN_SECRET_ARN }));
    if (SecretString) return SecretString;
    const meaning = `the secret ${TOKEN_SECRET_ARN} has no string value: callbacks can't be authenticated`;
    return { verdict: "FAIL", subject: "token", meaning, advice: `Put the Chat console's token into it: ${page}` };
  };
  return explainFailure("token", read, page);
}
