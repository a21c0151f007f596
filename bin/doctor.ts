import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { readReadyFile } from "../local/ready-file.ts";
import { LOCAL_REGION } from "../local/template.ts";
import { checkCallbacks } from "./doctor/check-callbacks.ts";
import { checkConnection } from "./doctor/check-connection.ts";
import { checkDestination, checkQueues } from "./doctor/check-destination.ts";
import { checkFunction } from "./doctor/check-function.ts";
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
    publish: { meaning: 'Sends a read report of the reader "doctor" as well, which becomes an event.' },
  },
  example: "npm run doctor -- --stack TencentChatEvents-1400000001 --region eu-central-1",
} as const satisfies CommandDefinition;

export const main = toMain(definition, doctor);

async function doctor(options: OptionValues<typeof definition>, io: CommandIo): Promise<number> {
  const { stack: stackName, region, url, "sdk-app-id": sdkAppId, token, publish } = options;
  if (stackName === undefined && region !== undefined) {
    throw new UsageError("--region is the stack's: give --stack as well, or leave out --region");
  }
  if (stackName !== undefined && (url ?? token) !== undefined) {
    throw new UsageError("--stack supplies the URL and the token: leave out --url and --token");
  }
  const settings = clientSettings(region);
  const stack = stackName === undefined ? undefined : await readStack(stackName, sdkAppId, settings);
  const findings = stack
    ? checkStack(stack, settings, publish)
    : checkWithoutStack(await readTarget({ url, sdkAppId, token }), publish);

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

async function* checkUrl(target: CallbackTarget, publish: boolean): Findings {
  const connection = await checkConnection(target.url);
  yield connection;
  if (connection.verdict !== "FAIL") yield* checkCallbacks(target, publish);
}

/** Checks a URL, and the queues behind it if the local system runs there. */
async function* checkWithoutStack(target: CallbackTarget, publish: boolean): Findings {
  yield* checkUrl(target, publish);
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

async function* checkStack(stack: DeployedStack, settings: ClientSettings, publish: boolean): Findings {
  const { callbackUrl, variables } = stack;
  const url = new URL(callbackUrl);
  const token = await checkToken(variables, settings);
  if (typeof token === "object") {
    yield checkConnection(url);
    yield token;
  } else {
    yield* checkUrl({ url, sdkAppId: variables.SDK_APP_ID ?? "", token }, publish);
  }
  yield* checkFunction(stack, settings);
  yield* checkLimits(stack, settings);
  yield* checkDestination(stack, settings);
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
