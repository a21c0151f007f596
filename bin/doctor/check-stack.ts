import { ApiGatewayV2Client, GetStageCommand } from "@aws-sdk/client-apigatewayv2";
import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { ClientSettings, DeployedStack } from "./deployed-stack.ts";
import type { Finding, Findings } from "./finding.ts";

/** How long a callback takes an environment at 256 MB (docs/runbook.md#what-the-bill-consists-of). */
const SECONDS_PER_CALLBACK = 0.012;

/** Looks at what only the account knows: whether callbacks find an environment, and whether anything waits. */
export async function* checkStack(stack: DeployedStack, settings: ClientSettings): Findings {
  yield await orExplain("concurrency", () => checkConcurrency(stack, settings));
  const sqs = new SQSClient(settings);
  for (const { logicalId, queueUrl } of stack.queues) {
    if (!/StandbyQueue|DeadLetter/.test(logicalId)) continue;
    yield await orExplain(logicalId, () => checkQueue(sqs, logicalId, queueUrl));
  }
}

async function orExplain(subject: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    const { name, message } = error as Error;
    const meaning = `could not be looked at: ${name}: ${message}`;
    // Credentials that may not see everything are no fault of the stack's.
    if (/AccessDenied/.test(name)) {
      return { verdict: "note", subject, meaning, advice: "Run it once more with credentials that may read it" };
    }
    const advice = "If somebody changed or deleted it by hand, undo that: docs/runbook.md#events-not-stored";
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
  return judgeConcurrency({ environments, isReserved: reserved !== undefined, rate, burst });
}

/** What limits how many callbacks are handled. */
export interface Limits {
  /** How many environments the callback function may have at a time. */
  readonly environments: number;
  /** Whether they are its own; else all functions of the account share them. */
  readonly isReserved: boolean;
  /** Callbacks a second that the stage lets through on average. */
  readonly rate: number;
  /** Callbacks that the stage lets through at a time, above the average. */
  readonly burst: number;
}

/** Judges whether the stage throttles before Lambda does: its 429 is a limit that somebody chose, and has an alarm. */
export function judgeConcurrency({ environments, isReserved, rate, burst }: Limits): Finding {
  const subject = "concurrency";
  const capacity = Math.floor(environments / SECONDS_PER_CALLBACK);
  const owner = isReserved ? "reserved for the function" : "shared by the account's functions";
  const milliseconds = SECONDS_PER_CALLBACK * 1_000;
  const meaning =
    `${environments} environments, ${owner}, handle about ${capacity} callbacks a second at ${milliseconds} ms each; ` +
    `the stage lets ${rate} a second through, ${burst} at a time`;
  // In its busiest second, the stage lets through what it saved up, and what comes anew.
  if (capacity >= rate + burst) return { verdict: "ok", subject, meaning };
  const lost = capacity < rate ? "Lambda throttles first, and such callbacks are lost" : "a burst may be too much";
  return {
    verdict: capacity < rate ? "FAIL" : "note",
    subject,
    meaning: `${meaning}: ${lost}`,
    advice: "Ask AWS for a higher quota, or lower throttle to what is needed: docs/runbook.md#function-throttled",
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
  const count = names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  if (count === 0) return { verdict: "ok", subject: logicalId, meaning: "empty" };
  return {
    verdict: "note",
    subject: logicalId,
    meaning: `about ${count} messages wait there`,
    advice: `See ${logicalId.includes("DeadLetter") ? "docs/runbook.md#dead-letters" : "docs/runbook.md#standby-in-use"}`,
  };
}
