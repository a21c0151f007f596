import { DescribeEventBusCommand, DescribeRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { count } from "../shared/count.ts";
import type { ClientSettings, DeployedStack } from "./deployed-stack.ts";
import { explainFailure } from "./explain-failure.ts";
import type { Finding, Findings } from "./finding.ts";

/** A queue, and the name that docs/runbook.md gives it. */
export interface NamedQueue {
  readonly name: string;
  readonly queueUrl: string;
}

/** Checks that the destination and all queues exist, that the rules are enabled, and whether something waits on standby or as a dead letter. */
export async function* checkDestination({ resources, variables }: DeployedStack, settings: ClientSettings): Findings {
  const { EVENT_BUS_NAME: bus, QUEUE_URL: queueUrl } = variables;
  const events = new EventBridgeClient(settings);
  if (bus !== undefined) yield explainFailure("EventBus", () => checkBus(events, bus));
  for (const { type, name, physicalId } of resources) {
    if (type === "AWS::Events::Rule") yield explainFailure(name, () => checkRule(events, name, physicalId));
  }
  const queues = resources
    .filter(({ type }) => type === "AWS::SQS::Queue")
    .map(({ name, physicalId }) => ({ name, queueUrl: physicalId }));
  const isOwn = queueUrl === undefined || queues.some((queue) => queue.queueUrl === queueUrl);
  yield* checkQueues(new SQSClient(settings), isOwn ? queues : [{ name: "destination", queueUrl }, ...queues]);
}

/** Checks that queues exist, and notes how many messages are on standby or dead letters. */
export async function* checkQueues(sqs: SQSClient, queues: readonly NamedQueue[]): Findings {
  for (const { name, queueUrl } of queues) yield explainFailure(name, () => checkQueue(sqs, name, queueUrl));
}

async function checkBus(events: EventBridgeClient, bus: string): Promise<Finding> {
  await events.send(new DescribeEventBusCommand({ Name: bus }));
  return { verdict: "ok", subject: "EventBus", meaning: "exists" };
}

/** @param physicalId on a bus other than the default one, `<bus>|<rule>` */
async function checkRule(events: EventBridgeClient, subject: string, physicalId: string): Promise<Finding> {
  const [rule = "", bus] = physicalId.split("|").reverse();
  const { State } = await events.send(new DescribeRuleCommand({ Name: rule, EventBusName: bus }));
  if (State !== "DISABLED") return { verdict: "ok", subject, meaning: "enabled" };
  return {
    verdict: "FAIL",
    subject,
    meaning: "disabled: its target receives no events",
    advice: `Enable it: aws events enable-rule --name ${rule} --event-bus-name ${bus}; then see docs/runbook.md#events-match-nothing`,
  };
}

async function checkQueue(sqs: SQSClient, name: string, queueUrl: string): Promise<Finding> {
  const names = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
  ] as const;
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
  );
  const messages = names.reduce((sum, attribute) => sum + Number(Attributes[attribute] ?? 0), 0);
  if (messages === 0) return { verdict: "ok", subject: name, meaning: "empty" };
  const meaning = `holds about ${count(messages, "message")}`;
  if (/DeadLetter|Dlq/.test(name)) {
    return { verdict: "note", subject: name, meaning, advice: "See docs/runbook.md#dead-letters" };
  }
  if (name.includes("Standby")) {
    return { verdict: "note", subject: name, meaning, advice: "See docs/runbook.md#standby-in-use" };
  }
  return { verdict: "ok", subject: name, meaning };
}
