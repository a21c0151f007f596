import { createForwarding } from "../../events/forwarding.ts";
import { EVENT_BRIDGE, JsonClient, SQS } from "../../functions/aws/json-client.ts";
import { EventBridgePublisher } from "../../functions/destination/event-bridge.ts";
import type { Publisher } from "../../functions/destination/publisher.ts";
import { SqsPublisher } from "../../functions/destination/sqs.ts";
import type { LocalSystem } from "../../local/local-system.ts";
import { LOCAL_REGION } from "../../local/template.ts";
import { chooseEvents, type SkippedRequest } from "../replay/choose-events.ts";
import { putBack } from "../replay/put-back.ts";
import { count } from "../shared/count.ts";
import type { EndpointSettings } from "./judge-again.ts";
import type { ReplayOutput } from "./protocol.ts";

/** How long one event may take to put back. */
const TIMEOUT_MS = 5_000;

/** Any will do. */
const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };

/** Connects to the system's destination directly, as `npm run replay` does: no fault applies. */
export function connectToDestination({ outputs, sqsEndpoint, eventBridgeEndpoint, parts }: LocalSystem): Publisher {
  const client = (service: typeof SQS, endpoint: string) =>
    new JsonClient(service, new URL(endpoint), LOCAL_REGION, CREDENTIALS);
  return parts.eventBusName === undefined
    ? new SqsPublisher(client(SQS, sqsEndpoint), outputs["QueueUrl"] ?? "", true)
    : new EventBridgePublisher(client(EVENT_BRIDGE, eventBridgeEndpoint), parts.eventBusName);
}

/**
 * Puts back the events in a log.
 *
 * @param log the functions' own lines
 */
export async function replayLines(
  log: string,
  { sdkAppId, forward }: EndpointSettings,
  destination: Publisher,
): Promise<ReplayOutput> {
  const forwarding = createForwarding(forward);
  const { events, skipped, unverifiedCount } = chooseEvents(log, { includesUnverified: false, sdkAppId, forwarding });
  const problems = explainSkipped(skipped);
  if (unverifiedCount > 0) {
    problems.push(
      `${count(unverifiedCount, "request")} left out as unverified: anyone may have sent them, and npm run replay includes them with --unverified`,
    );
  }
  let done = 0;
  const publish = (event: (typeof events)[number]["event"]) =>
    destination.publish(event, performance.now() + TIMEOUT_MS);
  for await (const { problem } of putBack(events, publish)) {
    if (problem === undefined) done += 1;
    else problems.push(`An event was not put back: ${problem}`);
  }
  return { found: events.length, putBack: done, problems };
}

/** The reasons for which signed callbacks are still refused, each once. */
function explainSkipped(skipped: readonly SkippedRequest[]): string[] {
  const reasons = new Set(skipped.map(({ reason }) => reason));
  return Array.from(reasons, (reason) => {
    const number = skipped.filter((request) => request.reason === reason).length;
    return `${count(number, "signed callback")} still refused: ${reason}`;
  });
}
