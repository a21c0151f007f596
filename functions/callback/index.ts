import { EVENT_BRIDGE, JsonClient, SECRETS_MANAGER, type Service, SQS } from "../aws/json-client.ts";
import { TokenStore } from "../aws/token-store.ts";
import { EventBridgePublisher } from "../destination/event-bridge.ts";
import { SqsPublisher } from "../destination/sqs.ts";
import { type Environment, readEnvironment } from "../environment.ts";
import { explain, log } from "../log.ts";
import { replyUnavailable } from "../tencent/reply.ts";
import { createHandler } from "./handle-callback.ts";
import type { Invocation } from "./invocation.ts";
import { logUnjudged } from "./unjudged.ts";

/** INIT runs at full CPU, but one that takes long or fails is repeated within an invocation, whose time it eats. */
const WARM_UP_MS = 1_500;

/** Lambda's entry point. */
export const handler = await start();

async function start() {
  try {
    return await wire(readEnvironment(process.env));
  } catch (error) {
    log("ERROR", "the function can't work", { error: explain(error) });
    return async (invocation: Invocation) => {
      logUnjudged("a callback met a function that can't work", invocation, Date.now(), error);
      return replyUnavailable("the endpoint is not configured");
    };
  }
}

async function wire(environment: Environment) {
  const { region, credentials, endpoints, tokenSecretArn, queueUrl, eventBusName, standbyQueueUrl } = environment;
  const client = (service: Service, endpoint: string) =>
    new JsonClient(service, new URL(endpoint), region, credentials);
  const sqsPublisher = (url: string) => new SqsPublisher(client(SQS, endpoints.SQS ?? new URL(url).origin), url);
  const tokenStore =
    tokenSecretArn === undefined
      ? undefined
      : new TokenStore(
          client(SECRETS_MANAGER, endpoints.SECRETS_MANAGER ?? regionalEndpoint("secretsmanager", region)),
          tokenSecretArn,
          (error) => log("WARN", "the token could not be read anew", { error: explain(error) }),
        );
  const destination =
    eventBusName === undefined
      ? sqsPublisher(queueUrl as string)
      : new EventBridgePublisher(
          client(EVENT_BRIDGE, endpoints.EVENTBRIDGE ?? regionalEndpoint("events", region)),
          eventBusName,
        );

  const deadline = performance.now() + WARM_UP_MS;
  const warmUp = await Promise.allSettled([tokenStore?.tokens(Date.now(), deadline), destination.connect(deadline)]);
  for (const step of warmUp) {
    if (step.status === "rejected") log("WARN", "a step of the start failed", { error: explain(step.reason) });
  }
  return createHandler({ environment, tokenStore, destination, standby: sqsPublisher(standbyQueueUrl) });
}

/** https://docs.aws.amazon.com/general/latest/gr/rande.html; China's regions have a domain of their own. */
function regionalEndpoint(service: string, region: string): string {
  return `https://${service}.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
