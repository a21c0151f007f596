import { randomUUID } from "node:crypto";
import { compileEventPattern, type EventPattern } from "./event-pattern.ts";
import { createJsonProtocolServer, ServiceError } from "./json-protocol.ts";
import { close, listen } from "./server.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "./template.ts";

/** A stand-in for EventBridge: PutEvents and DescribeEventBus over AWS's JSON protocol, and rules that deliver at once. */
export interface LocalEventBus {
  readonly endpoint: string;
  /**
   * Adds a rule.
   *
   * @throws {Error} when the pattern is invalid, or has an operator that the local bus does not support
   */
  addRule(rule: Rule): void;
  close(): Promise<void>;
}

/** Which events of a bus are delivered, and where. */
export interface Rule {
  readonly eventBusName: string;
  readonly pattern: EventPattern;
  /** Takes the event's JSON. */
  readonly deliver: (event: string) => Promise<void>;
}

/** One entry of PutEvents (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html). */
interface Entry {
  readonly EventBusName?: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Resources?: readonly string[];
  /** Unix seconds. */
  readonly Time?: number;
}

/**
 * Starts the stand-in.
 *
 * Like EventBridge, it reports success for a bus that does not exist and for events that match no rule.
 */
export async function startEventBus(): Promise<LocalEventBus> {
  const rules: (Rule & { readonly matches: (event: unknown) => boolean })[] = [];

  async function put(entry: Entry): Promise<object> {
    const id = randomUUID();
    const event = toEvent(id, entry);
    if (event === undefined) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
    const parsed: unknown = JSON.parse(event);
    const name = entry.EventBusName ?? "default";
    const matching = rules.filter(({ eventBusName, matches }) => eventBusName === name && matches(parsed));
    await Promise.all(matching.map(({ deliver }) => deliver(event)));
    return { EventId: id };
  }

  const server = createJsonProtocolServer({
    "AWSEvents.DescribeEventBus": ({ Name }) => {
      if (rules.some(({ eventBusName }) => eventBusName === Name)) return { Name };
      throw new ServiceError("ResourceNotFoundException", `Event bus ${Name} does not exist.`);
    },
    "AWSEvents.PutEvents": async ({ Entries }) => {
      const results = await Promise.all((Entries as Entry[]).map(put));
      return { FailedEntryCount: results.filter((result) => "ErrorCode" in result).length, Entries: results };
    },
  });
  return {
    endpoint: await listen(server),
    addRule(rule) {
      rules.push({ ...rule, matches: compileEventPattern(rule.pattern) });
    },
    close: () => close(server),
  };
}

/** EventBridge's envelope around the detail as it was written; `undefined` when the detail is not a JSON object. */
function toEvent(id: string, { Source, DetailType, Detail, Resources = [], Time }: Entry): string | undefined {
  try {
    const detail: unknown = JSON.parse(Detail);
    if (typeof detail !== "object" || detail === null || Array.isArray(detail)) return undefined;
  } catch {
    return undefined;
  }
  const time = new Date(Time === undefined ? Date.now() : Time * 1000).toISOString().replace(/\.\d+Z$/, "Z");
  const envelope = JSON.stringify({
    version: "0",
    id,
    "detail-type": DetailType,
    source: Source,
    account: LOCAL_ACCOUNT,
    time,
    region: LOCAL_REGION,
    resources: Resources,
  });
  return `${envelope.slice(0, -1)},"detail":${Detail}}`;
}
