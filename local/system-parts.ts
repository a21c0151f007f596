import type { QueueRole } from "./queue-roles.ts";
import { nameOfQueue } from "./queues.ts";
import { queueName } from "./read-stack.ts";
import type { Template } from "./template.ts";

/** What a stack consists of. */
export interface SystemParts {
  readonly destination: "fifo" | "standard" | "bus";
  /** The bus's name, if the destination is one. */
  readonly eventBusName: string | undefined;
  /** The queues' names. Only with a bus is there a queue for its dead letters. */
  readonly queues: Readonly<Partial<Record<QueueRole, string>>>;
}

/**
 * Reads a template's parts.
 *
 * @param outputs the stack's outputs
 * @param standbyQueueUrl as the functions know it
 */
export function readParts(
  template: Template,
  { QueueUrl = "", EventBusName: eventBusName }: Readonly<Record<string, string>>,
  standbyQueueUrl: string,
): SystemParts {
  const [destination, standby] = [nameOfQueue(QueueUrl), nameOfQueue(standbyQueueUrl)];
  const [busDeadLetters] = template
    .ofType("AWS::Events::Rule")
    .flatMap(({ properties }) => template.resolve(properties["Targets"]) as { DeadLetterConfig?: { Arn: string } }[])
    .flatMap(({ DeadLetterConfig }) => (DeadLetterConfig ? [nameOfArn(DeadLetterConfig.Arn)] : []));
  const queues: { [role in QueueRole]: string | undefined } = {
    destination,
    "dead-letters": deadLetterQueueOf(template, destination),
    "bus-dead-letters": busDeadLetters,
    standby,
    "standby-dead-letters": deadLetterQueueOf(template, standby),
  };
  const kind = destination.endsWith(".fifo") ? "fifo" : "standard";
  return {
    destination: eventBusName === undefined ? kind : "bus",
    eventBusName,
    queues: Object.fromEntries(Object.entries(queues).filter(([, name]) => name !== undefined)),
  };
}

function deadLetterQueueOf(template: Template, name: string): string | undefined {
  const queue = template
    .ofType("AWS::SQS::Queue")
    .find(({ logicalId, properties }) => queueName(logicalId, properties) === name);
  const policy = template.resolve(queue?.properties["RedrivePolicy"]) as { deadLetterTargetArn: string } | undefined;
  return policy && nameOfArn(policy.deadLetterTargetArn);
}

function nameOfArn(arn: string): string {
  return arn.slice(arn.lastIndexOf(":") + 1);
}
