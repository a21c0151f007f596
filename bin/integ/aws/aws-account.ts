import { randomUUID } from "node:crypto";
import { CloudFormationClient, DeleteStackCommand, type StackEvent } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
  GetAliasCommand,
  LambdaClient,
  paginateListVersionsByFunction,
  UpdateAliasCommand,
} from "@aws-sdk/client-lambda";
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CALLBACK_ALIAS } from "../../../lib/callback-alias.ts";
import { type Answer, type Deviation, sendProbe } from "../../shared/send-probe.ts";
import type { Account, AlarmState, Batch, Deployment, Flaw, Settings } from "../account.ts";
import type { Usage } from "../bill.ts";
import { TAG } from "../stack-props.ts";
import type { CdkCommand } from "./cdk.ts";
import { deleteLeftovers } from "./leftovers.ts";
import { Queues } from "./queues.ts";
import {
  findResource,
  findStack,
  findStacks,
  firstFailure,
  readStackEvents,
  resourcesOf,
  type StackResource,
} from "./stack-history.ts";

/** The queues that consumers read from, by destination. */
const CONSUMERS_QUEUES = /(FifoQueue|StandardQueue|EventBusQueue)[0-9A-F]{8}$/;
const QUEUE = "AWS::SQS::Queue";
const FUNCTION = "AWS::Lambda::Function";
/** The status of a new stack that only has a change set: it contains nothing, and has no tags yet. */
export const UNEXECUTED = "REVIEW_IN_PROGRESS";
const PAUSE_MS = 10_000;
/** Deleting a stack of this size takes far less. */
const DELETION_MS = 30 * 60_000;

/** Whether CloudFormation is at work. A new stack whose change set failed stays unexecuted for good. */
function isInProgress(status: string): boolean {
  return status.endsWith("_IN_PROGRESS") && status !== UNEXECUTED;
}

/** Where the integration test runs, and how it deploys and waits. Times are in milliseconds. */
export interface AwsAccountOptions {
  readonly region: string;
  readonly stackName: string;
  readonly sdkAppId: string;
  readonly deploy: CdkCommand;
  readonly rollBack: CdkCommand;
  /** Rejects when the run is interrupted. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Also waits after an interruption, because the stack still has to be deleted. */
  readonly waitUninterrupted: (milliseconds: number) => Promise<void>;
}

/** The account of the AWS configuration. It finds every resource through the events of its stack. */
export class AwsAccount implements Account {
  readonly #options: AwsAccountOptions;
  readonly #cloudFormation: CloudFormationClient;
  readonly #cloudWatch: CloudWatchClient;
  readonly #lambda: LambdaClient;
  readonly #secretsManager: SecretsManagerClient;
  readonly #queues: Queues;
  #stackId = "";
  #callbackUrl: URL | undefined;
  #events: readonly StackEvent[] = [];
  #resources: readonly StackResource[] = [];
  #startedAt: number | undefined;
  #callbacks = 0;

  constructor(options: AwsAccountOptions) {
    this.#options = options;
    const settings = { region: options.region };
    // CloudFormation allows few requests a second, and a stack's events come on many pages.
    this.#cloudFormation = new CloudFormationClient({ ...settings, maxAttempts: 10 });
    this.#cloudWatch = new CloudWatchClient(settings);
    this.#lambda = new LambdaClient(settings);
    this.#secretsManager = new SecretsManagerClient(settings);
    this.#queues = new Queues(settings);
  }

  now(): number {
    return Date.now();
  }

  wait(milliseconds: number): Promise<void> {
    return this.#options.wait(milliseconds);
  }

  async deploy(settings: Settings, flaw?: Flaw): Promise<Deployment> {
    const { stackName, sdkAppId, deploy } = this.#options;
    this.#startedAt ??= Date.now();
    const exitCode = await deploy({ stackName, settings: { ...settings, sdkAppId }, flaw });
    const known = this.#events.length;
    const status = await this.#settle();
    if (exitCode === 0 && /^(CREATE|UPDATE)_COMPLETE$/.test(status)) {
      return { outcome: "deployed", failedType: "", reason: "" };
    }
    const failure = firstFailure(this.#events.slice(0, this.#events.length - known));
    return {
      // Without a failure, that status is from an earlier deployment, and this one never reached CloudFormation.
      outcome: status === "UPDATE_ROLLBACK_COMPLETE" && failure !== undefined ? "rolled back" : "stuck",
      failedType: failure?.ResourceType ?? "",
      reason:
        failure?.ResourceStatusReason ?? `'cdk deploy' ended with ${exitCode}, the stack is ${status || "missing"}`,
    };
  }

  async rollBack(): Promise<boolean> {
    const { stackName, sdkAppId, rollBack } = this.#options;
    if ((await this.#settle()) !== "UPDATE_ROLLBACK_FAILED") return false;
    await rollBack({ stackName, settings: { sdkAppId } });
    await this.#settle();
    return true;
  }

  async post(deviation: Deviation): Promise<Answer> {
    this.#callbacks += 1;
    const { sdkAppId } = this.#options;
    if (this.#callbackUrl === undefined) throw new Error("The stack has no output CallbackUrl");
    return sendProbe({ url: this.#callbackUrl, sdkAppId, token: undefined }, deviation);
  }

  receive(): Promise<readonly Batch[]> {
    return Promise.all(
      this.#consumersQueues().map(async ({ physicalId }) => {
        return { queueUrl: physicalId, messages: await this.#queues.receiveAll(physicalId) };
      }),
    );
  }

  countStandby(): Promise<number> {
    return this.#queues.count(this.#find(QUEUE, "StandbyQueue"));
  }

  denyDestination(): Promise<void> {
    return this.#queues.deny(this.#destination());
  }

  restoreDestination(): Promise<void> {
    return this.#queues.restore(this.#destination());
  }

  async token(): Promise<string> {
    const SecretId = this.#find("AWS::SecretsManager::Secret", "Token");
    const { SecretString } = await this.#secretsManager.send(new GetSecretValueCommand({ SecretId }));
    if (!SecretString) throw new Error(`The secret ${SecretId} has no string value: expected the token`);
    return SecretString;
  }

  async putToken(SecretString: string): Promise<void> {
    const SecretId = this.#find("AWS::SecretsManager::Secret", "Token");
    // Without a token of its own, two equal calls would be one.
    const ClientRequestToken = randomUUID();
    await this.#secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken }));
  }

  async alarm(id: string): Promise<AlarmState> {
    const AlarmNames = [this.#find("AWS::CloudWatch::Alarm", id)];
    const { MetricAlarms: [alarm] = [] } = await this.#cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames }));
    if (alarm === undefined) throw new Error(`CloudWatch knows no alarm ${AlarmNames[0]}`);
    return { state: alarm.StateValue ?? "", description: alarm.AlarmDescription ?? "" };
  }

  async moveAlias(): Promise<void> {
    const FunctionName = this.#find(FUNCTION, "CallbackFunction");
    const { FunctionVersion } = await this.#lambda.send(new GetAliasCommand({ FunctionName, Name: CALLBACK_ALIAS }));
    const versions: number[] = [];
    for await (const { Versions = [] } of paginateListVersionsByFunction({ client: this.#lambda }, { FunctionName })) {
      versions.push(...Versions.map(({ Version }) => Number(Version)));
    }
    // The comparison leaves out $LATEST, which is not a number.
    const older = versions.filter((version) => version < Number(FunctionVersion));
    if (older.length === 0) throw new Error(`${FunctionName} has no version before ${FunctionVersion}`);
    await this.#lambda.send(
      new UpdateAliasCommand({ FunctionName, Name: CALLBACK_ALIAS, FunctionVersion: String(Math.max(...older)) }),
    );
  }

  async destroy(): Promise<readonly string[]> {
    const { region, stackName, waitUninterrupted } = this.#options;
    const left: string[] = [];
    // Earlier runs may have left resources that could not be deleted.
    const tagged = await findStacks(this.#cloudFormation, stackName, TAG);
    const own = this.#stackId === "" ? [] : [this.#stackId];
    for (const stackId of new Set([...own, ...tagged.map(({ StackId = "" }) => StackId)])) {
      left.push(...(await this.#deleteStack(stackId)));
      const resources = resourcesOf(await readStackEvents(this.#cloudFormation, stackId));
      left.push(...(await deleteLeftovers(resources, region, waitUninterrupted)));
    }
    return left;
  }

  usage(): Usage {
    const current = this.#resources.map(({ type }) => type);
    const resources = Object.fromEntries(
      [...new Set(current)].map((type) => [type, current.filter((other) => other === type).length]),
    );
    const hours = (Date.now() - (this.#startedAt ?? Date.now())) / 3_600_000;
    return { callbacks: this.#callbacks, queueRequests: this.#queues.requests, hours, resources };
  }

  /** Waits until CloudFormation is done, also with what it deletes afterwards. @returns the stack's status */
  async #settle(): Promise<string> {
    for (;;) {
      const status = await this.#refresh();
      if (!isInProgress(status)) return status;
      await this.wait(PAUSE_MS);
    }
  }

  /** @returns the stack's status; empty if there is no stack */
  async #refresh(): Promise<string> {
    const stack = await findStack(this.#cloudFormation, this.#stackId || this.#options.stackName);
    if (stack === undefined) return "";
    this.#stackId = stack.StackId ?? "";
    const callbackUrl = stack.Outputs?.find(({ OutputKey }) => OutputKey === "CallbackUrl")?.OutputValue;
    if (callbackUrl !== undefined) this.#callbackUrl = new URL(callbackUrl);
    this.#events = await readStackEvents(this.#cloudFormation, this.#stackId);
    this.#resources = resourcesOf(this.#events);
    return stack.StackStatus ?? "";
  }

  /** @returns why it could not be deleted, if so */
  async #deleteStack(stackId: string): Promise<string[]> {
    const { waitUninterrupted } = this.#options;
    const deadline = Date.now() + DELETION_MS;
    let isRequested = false;
    for (;;) {
      const { StackStatus = "", StackStatusReason = "" } = (await findStack(this.#cloudFormation, stackId)) ?? {};
      if (StackStatus === "DELETE_COMPLETE" || StackStatus === "") return [];
      const hasFailed = isRequested && StackStatus === "DELETE_FAILED";
      if (hasFailed || Date.now() > deadline) return [`stack ${stackId} is ${StackStatus} (${StackStatusReason})`];
      // CloudFormation refuses to delete a stack during another operation, such as one that was interrupted.
      if (!isRequested && !isInProgress(StackStatus)) {
        await this.#cloudFormation.send(new DeleteStackCommand({ StackName: stackId }));
        isRequested = true;
      }
      await waitUninterrupted(PAUSE_MS);
    }
  }

  /** Every queue that consumers read from, or read from before a deployment: the newest first. */
  #consumersQueues(): StackResource[] {
    return this.#resources.filter(({ type, logicalId }) => type === QUEUE && CONSUMERS_QUEUES.test(logicalId));
  }

  #destination(): string {
    const [found] = this.#consumersQueues();
    if (found === undefined) throw new Error("The stack has no queue that consumers read from");
    return found.physicalId;
  }

  #find(type: string, name: string): string {
    return findResource(this.#resources, type, name).physicalId;
  }
}
