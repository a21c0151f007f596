import { APIGatewayClient, GetAccountCommand } from "@aws-sdk/client-api-gateway";
import { ApiGatewayV2Client, GetStageCommand } from "@aws-sdk/client-apigatewayv2";
import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Throttle } from "../../lib/endpoint.ts";
import type { ClientSettings } from "../shared/client-settings.ts";
import { count } from "../shared/count.ts";
import { type DeployedStack, find } from "./deployed-stack.ts";
import { explainFailure } from "./explain-failure.ts";
import type { Finding, Findings } from "./finding.ts";

/** How long a callback takes an environment at 256 MB (docs/cost.md#per-million-callbacks). */
export const MILLISECONDS_PER_CALLBACK = 17;

/** Lambda's default quota, which new accounts may have to request (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const DEFAULT_ENVIRONMENTS = 1_000;

/** How many environments of the callback function may run at a time. */
export interface Concurrency {
  /** How many are reserved for it; `undefined` if it shares the others with the account's functions. */
  readonly reserved: number | undefined;
  /** How many the account's functions share. */
  readonly unreserved: number;
  /** The account's quota, of which functions reserve a part. */
  readonly quota: number;
}

/** Compares the limits on callbacks: the stage's throttle, the account's throttle, and Lambda's concurrency. */
export async function* checkLimits({ resources }: DeployedStack, settings: ClientSettings): Findings {
  const apiId = find(resources, "AWS::ApiGatewayV2::Api", "EndpointApi").physicalId;
  const functionName = find(resources, "AWS::Lambda::Function", "CallbackFunction").physicalId;
  const throttle = await explainFailure("throttle", () => readThrottle(apiId, settings));
  if ("verdict" in throttle) yield throttle;
  else yield throttleFinding(throttle.stage, throttle.account);
  const concurrency = await explainFailure("concurrency", () => readConcurrency(functionName, settings));
  if ("verdict" in concurrency) yield concurrency;
  else if (concurrency.reserved === 0) yield noConcurrency(functionName);
  else if (!("verdict" in throttle)) yield concurrencyFinding(concurrency, lower(throttle.stage, throttle.account));
}

async function readThrottle(apiId: string, settings: ClientSettings): Promise<{ stage: Throttle; account: Throttle }> {
  const [{ DefaultRouteSettings = {} }, { throttleSettings = {} }] = await Promise.all([
    new ApiGatewayV2Client(settings).send(new GetStageCommand({ ApiId: apiId, StageName: "$default" })),
    // It also applies to HTTP APIs. Service Quotas says 10,000 and 5,000 even where it is 2,500 and 1,250
    // (https://repost.aws/questions/QU47u_cBTCQcy2qTmoR6q91w/api-gateway-throttling-discrepancy).
    new APIGatewayClient(settings).send(new GetAccountCommand({})),
  ]);
  const account = { rateLimit: throttleSettings.rateLimit ?? 0, burstLimit: throttleSettings.burstLimit ?? 0 };
  const { ThrottlingRateLimit: rateLimit = account.rateLimit, ThrottlingBurstLimit: burstLimit = account.burstLimit } =
    DefaultRouteSettings;
  return { stage: { rateLimit, burstLimit }, account };
}

async function readConcurrency(functionName: string, settings: ClientSettings): Promise<Concurrency> {
  const lambda = new LambdaClient(settings);
  const [{ ReservedConcurrentExecutions: reserved }, { AccountLimit }] = await Promise.all([
    lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: functionName })),
    lambda.send(new GetAccountSettingsCommand({})),
  ]);
  const { UnreservedConcurrentExecutions: unreserved = 0, ConcurrentExecutions: quota = 0 } = AccountLimit ?? {};
  return { reserved, unreserved, quota };
}

function lower(one: Throttle, other: Throttle): Throttle {
  return {
    rateLimit: Math.min(one.rateLimit, other.rateLimit),
    burstLimit: Math.min(one.burstLimit, other.burstLimit),
  };
}

/**
 * Compares the stage's throttle with the account's, which all APIs of the region share. The lower one applies
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html).
 */
export function throttleFinding(stage: Throttle, account: Throttle): Finding {
  const subject = "throttle";
  const meaning =
    `the stage lets ${stage.rateLimit} callbacks a second through, and bursts of ${stage.burstLimit}; the account allows ` +
    `${account.rateLimit} and ${account.burstLimit} for all its APIs in this region`;
  if (stage.rateLimit === 0 || stage.burstLimit === 0) {
    const advice = "Deploy again, or set the stage's throttling to the setting throttle";
    return { verdict: "FAIL", subject, meaning: `${meaning}: every callback is refused with 429 and lost`, advice };
  }
  if (stage.rateLimit <= account.rateLimit && stage.burstLimit <= account.burstLimit)
    return { verdict: "ok", subject, meaning };
  // Only the rate can be requested; AWS sets the burst in proportion.
  const needed = Math.max(stage.rateLimit, Math.ceil((stage.burstLimit * account.rateLimit) / account.burstLimit));
  return {
    verdict: "note",
    subject,
    meaning: `${meaning}: callbacks above the account's quota are refused with 429 and lost`,
    advice:
      `If you expect so many, request a higher quota: ${requestQuota("apigateway", "L-8A5B8E43", needed)}; ` +
      "otherwise lower throttle. See docs/runbook.md#gateway-throttled",
  };
}

/**
 * Compares Lambda's concurrency with the throttle: API Gateway should refuse callbacks before Lambda does, because its limit
 * was chosen and has an alarm.
 *
 * @param concurrency not with 0 reserved environments
 * @param throttle the lower of the stage's and the account's
 */
export function concurrencyFinding(
  { reserved, unreserved, quota }: Concurrency,
  { rateLimit, burstLimit }: Throttle,
): Finding {
  const subject = "concurrency";
  const environments = reserved ?? unreserved;
  const capacity = Math.floor((environments * 1_000) / MILLISECONDS_PER_CALLBACK);
  const owner =
    reserved === undefined ? `shared by the account's functions (its quota is ${quota})` : "reserved for the function";
  const meaning =
    `${count(environments, "environment")}, ${owner}, handle about ${capacity} callbacks a second at ${MILLISECONDS_PER_CALLBACK} ms each; ` +
    `API Gateway lets ${rateLimit} a second through, and bursts of ${burstLimit}`;
  // In its busiest second, API Gateway lets through a whole burst and the average.
  if (capacity >= rateLimit + burstLimit) return { verdict: "ok", subject, meaning };
  const needed = Math.ceil(((rateLimit + burstLimit) * MILLISECONDS_PER_CALLBACK) / 1_000);
  const reservedElsewhere = quota - unreserved;
  const more = Math.max(DEFAULT_ENVIRONMENTS, needed + reservedElsewhere);
  const remedy =
    reserved === undefined
      ? `request a higher quota: ${requestQuota("lambda", "L-B99A9384", more)}`
      : `raise reservedConcurrentExecutions to ${needed}`;
  return {
    verdict: "note",
    subject,
    meaning: `${meaning}: Lambda refuses callbacks above ${capacity} a second, and they are lost`,
    advice: `If you expect so many, ${remedy}; otherwise lower throttle. See docs/runbook.md#function-throttled`,
  };
}

function noConcurrency(functionName: string): Finding {
  return {
    verdict: "FAIL",
    subject: "concurrency",
    meaning: "0 environments are reserved for the function: Lambda refuses every callback, and they are lost",
    advice: `Undo it: aws lambda delete-function-concurrency --function-name ${functionName}`,
  };
}

/** The command that requests a higher quota (https://docs.aws.amazon.com/cli/latest/reference/service-quotas/request-service-quota-increase.html). */
function requestQuota(serviceCode: string, quotaCode: string, value: number): string {
  return (
    "aws service-quotas request-service-quota-increase " +
    `--service-code ${serviceCode} --quota-code ${quotaCode} --desired-value ${value}`
  );
}
