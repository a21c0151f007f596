import { CloudWatchLogsClient, DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DeleteArchiveCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { DeleteSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { isGone } from "../../shared/is-gone.ts";
import { parseRuleId } from "../../shared/parse-rule-id.ts";
import type { StackResource } from "./stack-history.ts";

/** Deletes a resource by its physical id. */
type Delete = (physicalId: string) => Promise<unknown>;

/**
 * How to delete what CloudFormation keeps, by type, in this order: a bus can only be deleted after its archive and rules.
 * Queue policies and versions of functions go with their queues and functions.
 */
function createDeleters(settings: { readonly region: string }): Readonly<Record<string, Delete>> {
  const [sqs, eventBridge] = [new SQSClient(settings), new EventBridgeClient(settings)];
  const [logs, secretsManager] = [new CloudWatchLogsClient(settings), new SecretsManagerClient(settings)];
  return {
    "AWS::Events::Archive": (ArchiveName) => eventBridge.send(new DeleteArchiveCommand({ ArchiveName })),
    "AWS::Events::Rule": (id) => deleteRule(eventBridge, id),
    "AWS::Events::EventBus": (Name) => eventBridge.send(new DeleteEventBusCommand({ Name })),
    "AWS::SQS::Queue": (QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl })),
    "AWS::Logs::LogGroup": (logGroupName) => logs.send(new DeleteLogGroupCommand({ logGroupName })),
    "AWS::SecretsManager::Secret": (SecretId) =>
      secretsManager.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true })),
  };
}

/** The types that {@link deleteLeftovers} can delete. */
export const DELETABLE_TYPES: readonly string[] = Object.keys(createDeleters({ region: "us-east-1" }));

async function deleteRule(eventBridge: EventBridgeClient, physicalId: string): Promise<void> {
  const { rule: Name, bus: EventBusName } = parseRuleId(physicalId);
  const { Targets = [] } = await eventBridge.send(new ListTargetsByRuleCommand({ Rule: Name, EventBusName }));
  const Ids = Targets.flatMap(({ Id }) => Id ?? []);
  if (Ids.length > 0) await eventBridge.send(new RemoveTargetsCommand({ Rule: Name, EventBusName, Ids }));
  await eventBridge.send(new DeleteRuleCommand({ Name, EventBusName }));
}

/** EventBridge deletes the rule of a deleted archive a little later, and keeps the bus until then. */
const ATTEMPTS = 10;
const PAUSE_MS = 15_000;

/**
 * Deletes what a deleted stack left.
 *
 * @param resources everything that the stack ever had; what is already gone does no harm
 * @param wait waits for some milliseconds
 * @returns what could not be deleted, and why
 */
export async function deleteLeftovers(
  resources: readonly StackResource[],
  region: string,
  wait: (milliseconds: number) => Promise<void>,
): Promise<string[]> {
  const left: string[] = [];
  for (const [type, remove] of Object.entries(createDeleters({ region }))) {
    for (const { physicalId } of resources.filter((resource) => resource.type === type)) {
      const reason = await attempt(() => remove(physicalId), wait);
      if (reason !== undefined) left.push(`${type} ${physicalId} (${reason})`);
    }
  }
  return left;
}

/** @returns why the last attempt failed; `undefined` if one succeeded, or there was nothing to delete */
async function attempt(
  remove: () => Promise<unknown>,
  wait: (milliseconds: number) => Promise<void>,
): Promise<string | undefined> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      await remove();
      return undefined;
    } catch (error) {
      if (isGone(error)) return undefined;
      const { name, message } = error as Error;
      if (attempts === ATTEMPTS || /AccessDenied/.test(name)) return `${name}: ${message}`;
      await wait(PAUSE_MS);
    }
  }
}
