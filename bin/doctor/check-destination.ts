import { DescribeEventBusCommand, DescribeRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import type { ClientSettings } from "../shared/client-settings.ts";
import { count } from "../shared/count.ts";
import { countMessages } from "../shared/count-messages.ts";
import { parseRuleId } from "../shared/parse-rule-id.ts";
import type { DeployedStack } from "./deployed-stack.ts";
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

async function checkRule(events: EventBridgeClient, subject: string, physicalId: string): Promise<Finding> {
  const { rule, bus } = parseRuleId(physicalId);
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
  const messages = await countMessages(sqs, queueUrl);
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
