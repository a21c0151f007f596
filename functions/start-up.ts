import { EVENT_BRIDGE, JsonClient, SECRETS_MANAGER, type Service, SQS } from "./aws/json-client.ts";
import { regionalEndpoint } from "./aws/regional-endpoint.ts";
import { TokenStore } from "./aws/token-store.ts";
import { EventBridgePublisher } from "./destination/event-bridge.ts";
import { SqsPublisher } from "./destination/sqs.ts";
import type { Environment } from "./environment.ts";
import { explain, log } from "./log.ts";
import { Metrics } from "./metrics.ts";

/** INIT runs at full CPU, but Lambda repeats one that takes 10 s or fails inside an invocation, whose time it eats. */
export const WARM_UP_MS = 1_500;

/**
 * Creates what both functions work with, reads the token, and opens a connection to the destination. Never rejects: what
 * fails now is retried by the first invocation.
 */
export async function startUp(environment: Environment) {
  const { region, credentials, endpoints, tokenSecretArn, tokenOverlapSeconds, destination: target } = environment;
  const client = (service: Service, endpoint: string) =>
    new JsonClient(service, new URL(endpoint), region, credentials);
  const queue = (url: string) =>
    new SqsPublisher(client(SQS, endpoints.SQS ?? new URL(url).origin), url, environment.fairQueue);
  const bus = (name: string) =>
    new EventBridgePublisher(client(EVENT_BRIDGE, endpoints.EVENTBRIDGE ?? regionalEndpoint("events", region)), name);
  const secrets = () =>
    client(SECRETS_MANAGER, endpoints.SECRETS_MANAGER ?? regionalEndpoint("secretsmanager", region));
  const warnStale = (error: unknown) => log("WARN", "the token could not be read again", { error: explain(error) });

  const tokenStore = tokenSecretArn
    ? new TokenStore(secrets(), tokenSecretArn, tokenOverlapSeconds, warnStale)
    : undefined;
  const destination = target.kind === "queue" ? queue(target.queueUrl) : bus(target.eventBusName);
  await warmUp(tokenStore, destination);
  return {
    environment,
    tokenStore,
    destination,
    standby: queue(environment.standbyQueueUrl),
    queue,
    metrics: new Metrics(environment.sdkAppId, environment.hasMetrics),
  };
}

async function warmUp(
  tokenStore: TokenStore | undefined,
  destination: SqsPublisher | EventBridgePublisher,
): Promise<void> {
  const deadline = performance.now() + WARM_UP_MS;
  const [token, connection] = await Promise.allSettled([tokenStore?.warmUp(deadline), destination.connect(deadline)]);
  if (token.status === "rejected") log("WARN", "no token at start", { error: explain(token.reason) });
  if (connection.status === "rejected") log("WARN", "no connection at start", { error: explain(connection.reason) });
}
