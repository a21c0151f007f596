import { EVENT_BRIDGE, JsonClient, SECRETS_MANAGER, type Service, SQS } from "./aws/json-client.ts";
import { regionalEndpoint } from "./aws/regional-endpoint.ts";
import { TokenStore } from "./aws/token-store.ts";
import { EventBridgePublisher } from "./destination/event-bridge.ts";
import { SqsPublisher } from "./destination/sqs.ts";
import type { Environment } from "./environment.ts";
import { explain, log } from "./log.ts";
import { Metrics } from "./metrics.ts";

/** INIT runs at full CPU, but one that takes long or fails is repeated within an invocation, whose time it eats. */
const WARM_UP_MS = 1_500;

/** Makes what both functions work with, reads the token and opens the destination's connection. Never rejects. */
export async function wire(environment: Environment) {
  const { region, credentials, endpoints, tokenSecretArn, destination: place } = environment;
  const client = (service: Service, endpoint: string) =>
    new JsonClient(service, new URL(endpoint), region, credentials);
  const queue = (url: string) => new SqsPublisher(client(SQS, endpoints.SQS ?? new URL(url).origin), url);
  const tokenStore =
    tokenSecretArn === undefined
      ? undefined
      : new TokenStore(
          client(SECRETS_MANAGER, endpoints.SECRETS_MANAGER ?? regionalEndpoint("secretsmanager", region)),
          tokenSecretArn,
          environment.tokenOverlapSeconds,
          (error) => log("WARN", "the token could not be read anew", { error: explain(error) }),
        );
  const destination =
    place.kind === "queue"
      ? queue(place.queueUrl)
      : new EventBridgePublisher(
          client(EVENT_BRIDGE, endpoints.EVENTBRIDGE ?? regionalEndpoint("events", region)),
          place.eventBusName,
        );

  const deadline = performance.now() + WARM_UP_MS;
  const [token, connection] = await Promise.allSettled([
    tokenStore?.tokens(Date.now(), deadline),
    destination.connect(deadline),
  ]);
  if (token.status === "rejected") log("WARN", "no token at start", { error: explain(token.reason) });
  if (connection.status === "rejected") log("WARN", "no connection at start", { error: explain(connection.reason) });
  const standby = queue(environment.standbyQueueUrl);
  return { environment, tokenStore, destination, standby, queue, metrics: new Metrics(environment.sdkAppId) };
}
