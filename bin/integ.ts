import { setTimeout } from "node:timers/promises";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { AwsAccount, UNEXECUTED } from "./integ/aws/aws-account.ts";
import { cdk } from "./integ/aws/cdk.ts";
import { findStack, findStacks } from "./integ/aws/stack-history.ts";
import { observe, observeDestruction, type Row, toLine, toReport } from "./integ/observe.ts";
import { Run } from "./integ/run.ts";
import { TAG } from "./integ/stack-props.ts";
import { STEPS } from "./integ/steps.ts";
import { explainAwsConfiguration } from "./shared/aws-configuration.ts";
import {
  type CommandDefinition,
  type CommandIo,
  linePrinter,
  type OptionValues,
  toMain,
  UsageError,
} from "./shared/command.ts";
import { readInteger } from "./shared/option-values.ts";

export const definition = {
  invocation: "npm run integ",
  summary:
    "Deploys a stack of its own to a real AWS account, observes whether it keeps its promises, deletes it, and prints what it " +
    "saw and cost. Exits with 0 if every promise was kept.",
  options: {
    account: {
      value: "ID",
      meaning: "Consents to the costs: the id of the AWS account that your credentials belong to.",
    },
    region: { value: "REGION", defaultText: "AWS_REGION", meaning: "Region of the stack." },
    "sdk-app-id": {
      value: "ID",
      default: "1499999999",
      meaning: "SDKAppID that no other stack of the region has, as its metrics would be mixed up.",
    },
    keep: { meaning: "Keeps the stack, to look at what failed; it costs money until --destroy-only." },
    "destroy-only": { meaning: "Only deletes the stack that an earlier run kept or left, and everything it created." },
  },
  example: "npm run integ -- --account 123456789012 --region eu-central-1",
} as const satisfies CommandDefinition;

export const main = toMain(definition, integ);

async function integ(options: OptionValues<typeof definition>, io: CommandIo): Promise<number> {
  const print = linePrinter(io.stdout);
  const { keep, "destroy-only": destroyOnly } = options;
  const sdkAppId = String(readInteger("sdk-app-id", options["sdk-app-id"]));
  if (keep && destroyOnly) throw new UsageError("--keep and --destroy-only contradict each other: give one of them");
  const region = options.region ?? io.environment["AWS_REGION"];
  if (!region) throw new UsageError("--region is missing: give one, or export AWS_REGION");
  await expectConsent(options.account, region);
  const stackName = `ChatEventsInteg-${sdkAppId}`;
  await expectOwnStack(stackName, region, destroyOnly);

  const interruption = io.interruption();
  interruption.addEventListener("abort", () => {
    io.stderr.write(
      `Interrupted: ends the step, which may take as long as a deployment, and ${keep ? "keeps" : "deletes"} the stack.\n`,
    );
  });
  const account = new AwsAccount({
    region,
    stackName,
    sdkAppId,
    deploy: cdk("deploy", region, linePrinter(io.stderr)),
    rollBack: cdk("rollback", region, linePrinter(io.stderr)),
    wait: (milliseconds) => setTimeout(milliseconds, undefined, { signal: interruption }),
    waitUninterrupted: (milliseconds) => setTimeout(milliseconds),
  });
  const rows: Row[] = [];
  const report = (row: Row) => print(toLine(row));
  if (!destroyOnly) rows.push(...(await observe(STEPS, new Run(account), interruption, report)));
  if (!keep) {
    const row = await observeDestruction(account);
    report(row);
    rows.push(row);
  }
  for (const line of ["", ...toReport(rows, account)]) print(line);
  if (keep)
    print(`The stack ${stackName} costs money until: npm run integ -- --account ${options.account} --destroy-only`);
  return rows.every(({ verdict }) => verdict === "kept") ? 0 : 1;
}

/** @throws {UsageError} unless `account` is the account that the credentials belong to */
async function expectConsent(account: string | undefined, region: string): Promise<void> {
  if (account === undefined) {
    throw new UsageError(
      "--account is missing: this creates resources that cost money. Give the account's id to consent",
    );
  }
  const caller = await new STSClient({ region }).send(new GetCallerIdentityCommand({})).catch((error: Error) => {
    throw new UsageError(
      explainAwsConfiguration(error) ?? `The credentials do not work: ${error.name}: ${error.message}`,
    );
  });
  if (caller.Account === account) return;
  throw new UsageError(
    `--account is '${account}', but the credentials belong to ${caller.Account}: use the right ones`,
  );
}

/** @throws {UsageError} if the stack already exists or, with `--destroy-only`, if no earlier run created one */
async function expectOwnStack(stackName: string, region: string, destroyOnly: boolean): Promise<void> {
  const cloudFormation = new CloudFormationClient({ region });
  const stack = destroyOnly ? undefined : await findStack(cloudFormation, stackName);
  if (stack !== undefined && stack.StackStatus !== UNEXECUTED) {
    throw new UsageError(`The stack ${stackName} exists: delete it with --destroy-only, or give another --sdk-app-id`);
  }
  if (destroyOnly && (await findStacks(cloudFormation, stackName, TAG)).length === 0) {
    throw new UsageError(`No run of this command created a stack ${stackName} in ${region} in the last 90 days`);
  }
}
