import { type ChatEvent, parseChatEvent } from "../../events/index.ts";
import { readRecoveryLog } from "../../functions/recovery-log.ts";
import { keyInText, keyOf } from "../callback-key.ts";
import type { Arrival, Attempt, History, InvocationRecord, SentCallback } from "../history.ts";
import { formatLog } from "../lambda/format-log.ts";
import type { Plan } from "../plan.ts";

/** An event that arrived, or what arrived instead. */
export interface ArrivedEvent extends Arrival {
  /** `undefined` if consumers could not parse it. */
  readonly event: ChatEvent | undefined;
  readonly key: string | undefined;
}

/** A callback's attempt that reached the function and got a result. */
export interface Answered {
  readonly callback: SentCallback;
  readonly attempt: Attempt;
  readonly invocation: InvocationRecord;
  readonly result: NonNullable<InvocationRecord["result"]>;
}

/** What happened in a run, sorted for the checks. */
export class Facts {
  readonly plan: Plan;
  readonly history: History;
  readonly arrivals: readonly ArrivedEvent[];
  /** What a queue took, without the repeats that it dropped; by the callback's key. */
  readonly arrivedByKey: ReadonlyMap<string, readonly ArrivedEvent[]>;
  readonly answered: readonly Answered[];
  /** The position at which a consumer first received each callback's event. */
  readonly receivedByKey: ReadonlyMap<string, number>;
  /** The keys of what the log has whole. */
  readonly logged: ReadonlySet<string>;
  /** The keys of what is left in queues at the end. */
  readonly leftBehind: ReadonlySet<string>;

  constructor(plan: Plan, history: History) {
    this.plan = plan;
    this.history = history;
    this.arrivals = history.arrivals.map((arrival) => ({ ...arrival, ...readEvent(arrival.body) }));
    this.arrivedByKey = Map.groupBy(
      this.arrivals.filter(({ isDuplicate, key }) => !isDuplicate && key !== undefined),
      ({ key }) => key ?? "",
    );
    this.answered = [...history.callbacks.values()].flatMap((callback) =>
      callback.attempts.flatMap((attempt) => {
        const { invocation } = attempt;
        const result = invocation?.outcome === "returned" ? invocation.result : undefined;
        return invocation && result ? [{ callback, attempt, invocation, result }] : [];
      }),
    );
    const received = new Map<string, number>();
    for (const [index, { body }] of history.receipts.entries()) {
      const { key } = readEvent(body);
      if (key !== undefined && !received.has(key)) received.set(key, index);
    }
    this.receivedByKey = received;
    this.logged = new Set(readLogged(history));
    this.leftBehind = new Set(history.leftBehind.map(({ body }) => keyInText(body)));
  }
}

function readEvent(body: string): Pick<ArrivedEvent, "event" | "key"> {
  try {
    const event = parseChatEvent(body);
    return { event, key: keyOf(event.detail.data) };
  } catch {
    return { event: undefined, key: undefined };
  }
}

/** The keys of everything that the log has whole. */
function* readLogged(history: History): Generator<string> {
  const log = formatLog(history.environments, 0, Number.POSITIVE_INFINITY);
  for (const record of readRecoveryLog(log).records) {
    if (record.kind === "event") yield keyOf(record.event.detail.data) ?? "";
    else yield keyInText(record.request.body);
  }
}
