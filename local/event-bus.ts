import { randomUUID } from "node:crypto";
import { type Entry, toEnvelope } from "./event-envelope.ts";
import { compileEventPattern, type EventPattern } from "./event-pattern.ts";
import { createJsonProtocolServer, ServiceError } from "./json-protocol.ts";
import { close, listen } from "./server.ts";

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

/**
 * Starts the stand-in.
 *
 * Like EventBridge, it reports success for a bus that does not exist and for events that match no rule.
 */
export async function startEventBus(): Promise<LocalEventBus> {
  const rules: (Rule & { readonly matches: (event: unknown) => boolean })[] = [];

  async function put(entry: Entry): Promise<object> {
    const id = randomUUID();
    const event = toEnvelope(id, entry, Date.now());
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
