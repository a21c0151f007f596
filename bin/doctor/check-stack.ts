import { ApiGatewayV2Client, GetStageCommand } from "@aws-sdk/client-apigatewayv2";
import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { count } from "../shared/count.ts";
import type { ClientSettings, DeployedStack } from "./deployed-stack.ts";
import type { Finding, Findings } from "./finding.ts";

/** How long a callback takes an environment at 256 MB (docs/cost.md#per-million-callbacks). */
const SECONDS_PER_CALLBACK = 0.012;

/** Checks what only the account knows: whether Lambda keeps up with the stage, and whether queues hold messages. */
export async function* checkStack(stack: DeployedStack, settings: ClientSettings): Findings {
  yield await explainFailure("concurrency", () => checkConcurrency(stack, settings));
  const sqs = new SQSClient(settings);
  for (const { logicalId, queueUrl } of stack.queues) {
    if (!/StandbyQueue|DeadLetter/.test(logicalId)) continue;
    yield await explainFailure(logicalId, () => checkQueue(sqs, logicalId, queueUrl));
  }
}

/** Turns an error of a check into a finding. */
async function explainFailure(subject: string, check: () => Promise<Finding>): Promise<Finding> {
  try {
    return await check();
  } catch (error) {
    const { name, message } = error as Error;
    const meaning = `could not be checked: ${name}: ${message}`;
    // Not a fault of the stack.
    if (/AccessDenied/.test(name)) {
      return { verdict: "note", subject, meaning, advice: "Run it again with credentials that may read it" };
    }
    const advice = "If someone changed or deleted it by hand, undo that: docs/runbook.md#events-not-stored";
    return { verdict: "FAIL", subject, meaning, advice };
  }
}

async function checkConcurrency({ functionName, apiId }: DeployedStack, settings: ClientSettings): Promise<Finding> {
  const lambda = new LambdaClient(settings);
  const [{ ReservedConcurrentExecutions: reserved }, { AccountLimit }, { DefaultRouteSettings }] = await Promise.all([
    lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: functionName })),
    lambda.send(new GetAccountSettingsCommand({})),
    new ApiGatewayV2Client(settings).send(new GetStageCommand({ ApiId: apiId, StageName: "$default" })),
  ]);
  const environments = reserved ?? AccountLimit?.UnreservedConcurrentExecutions ?? 0;
  const { ThrottlingRateLimit: rate = 0, ThrottlingBurstLimit: burst = 0 } = DefaultRouteSettings ?? {};
  return concurrencyFinding({ environments, isReserved: reserved !== undefined, rate, burst });
}

/** The limits on how many callbacks are handled. */
export interface Limits {
  /** How many environments of the callback function may run at a time. */
  readonly environments: number;
  /** Whether they are reserved for it; otherwise all functions of the account share them. */
  readonly isReserved: boolean;
  /** How many callbacks a second the stage lets through on average. */
  readonly rate: number;
  /** How many callbacks the stage lets through at once, above the average. */
  readonly burst: number;
}

/** Compares the limits: the stage should throttle before Lambda does, because its limit was chosen and has an alarm. */
export function concurrencyFinding({ environments, isReserved, rate, burst }: Limits): Finding {
  const subject = "concurrency";
  const capacity = Math.floor(environments / SECONDS_PER_CALLBACK);
  const owner = isReserved ? "reserved for the function" : "shared by the account's functions";
  const milliseconds = SECONDS_PER_CALLBACK * 1_000;
  const meaning =
    `${count(environments, "environment")}, ${owner}, handle about ${capacity} callbacks a second at ${milliseconds} ms each; ` +
    `the stage lets ${rate} a second through, and bursts of ${burst}`;
  // In its busiest second, the stage lets through a whole burst and the average.
  if (capacity >= rate + burst) return { verdict: "ok", subject, meaning };
  const lost =
    capacity < rate
      ? "Lambda throttles before the stage does, and those callbacks are lost"
      : "a burst may exceed them";
  return {
    verdict: capacity < rate ? "FAIL" : "note",
    subject,
    meaning: `${meaning}: ${lost}`,
    advice: "Request a higher quota from AWS, or lower throttle to what you need: docs/runbook.md#function-throttled",
  };
}

async function checkQueue(sqs: SQSClient, logicalId: string, queueUrl: string): Promise<Finding> {
  const names = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
  ] as const;
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
  );
  const messages = names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  if (messages === 0) return { verdict: "ok", subject: logicalId, meaning: "empty" };
  return {
    verdict: "note",
    subject: logicalId,
    meaning: `holds about ${count(messages, "message")}`,
    advice: `See ${logicalId.includes("DeadLetter") ? "docs/runbook.md#dead-letters" : "docs/runbook.md#standby-in-use"}`,
  };
}
