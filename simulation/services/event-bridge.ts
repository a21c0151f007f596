import { type Entry, toEnvelope } from "../../local/event-envelope.ts";
import { compileEventPattern, type EventPattern } from "../../local/event-pattern.ts";
import type { Random } from "../random.ts";
import type { Now } from "./now.ts";
import { ServiceError } from "./service-error.ts";
import type { SimulatedQueue } from "./sqs.ts";

/** The target of a bus's rule. */
export interface RuleTarget {
  /** A standard queue. */
  readonly queue: SimulatedQueue;
  /** Takes the events that EventBridge could not deliver. A standard queue. */
  readonly deadLetterQueue: SimulatedQueue;
  /** How long EventBridge retries, in seconds. */
  readonly maxAge: number;
  /** How often EventBridge retries. */
  readonly maxAttempts: number;
}

/** The properties of a bus. */
export interface BusProps {
  readonly name: string;
  readonly clock: Now;
  /** Calls back after so many milliseconds. */
  readonly after: (milliseconds: number, callback: () => void) => void;
  readonly random: Random;
  /** @default every event matches the rule */
  readonly pattern?: EventPattern;
  readonly target: RuleTarget;
  /** Whether the target refuses events at this moment. */
  readonly isTargetDown: () => boolean;
  /**
   * Fails an entry that is valid.
   *
   * @returns the error's code, such as `InternalFailure` or `ThrottlingException`; `undefined` if the entry does not fail
   * @default no entry fails
   */
  readonly failEntry?: () => string | undefined;
  /**
   * How probable it is that the rule delivers an event once more, from 0 to 1.
   *
   * @default 0
   */
  readonly duplicates?: number;
}

/** The result of one entry. */
export type EntryResult = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** The response of PutEvents. */
export interface PutEventsOutput {
  readonly FailedEntryCount: number;
  /** In the order of the request's entries. */
  readonly Entries: readonly EntryResult[];
}

interface Delivery {
  readonly event: string;
  /** When the bus took the event, in Unix milliseconds. */
  readonly takenAt: number;
  readonly retries: number;
}

/** The most entries of a request. */
const MAX_ENTRIES = 10;

/**
 * The most bytes of an entry
 * (https://aws.amazon.com/blogs/compute/more-room-to-build-serverless-services-now-support-payloads-up-to-1-mb).
 */
const MAX_BYTES = 1024 * 1024;

/** The milliseconds that a delivery takes. EventBridge promises none; most take about half a second. */
const DELIVERY_TIME = [100, 900] as const;

/** The milliseconds before the first retry, and the most before any. AWS documents only that they grow exponentially. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 600_000;

/** The attributes of a dead letter that the runbook tells operators to read. */
const REASON = {
  ERROR_CODE: { DataType: "String", StringValue: "ERROR_FROM_TARGET" },
  ERROR_MESSAGE: { DataType: "String", StringValue: "The target did not take the event." },
};

/**
 * An event bus of EventBridge with one rule. A bus that does not exist takes events too, and delivers none, so this bus does the
 * same with events that name another.
 */
export class SimulatedBus {
  readonly #props: BusProps;
  readonly #matches: (event: string) => boolean;
  #undelivered = 0;

  constructor(props: BusProps) {
    this.#props = props;
    const matches = props.pattern && compileEventPattern(props.pattern);
    this.#matches = matches ? (event) => matches(JSON.parse(event)) : () => true;
  }

  /** How many deliveries are under way. */
  get undelivered(): number {
    return this.#undelivered;
  }

  /**
   * PutEvents. Its status is 200 even if entries failed
   * (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html).
   *
   * @throws {ServiceError} when EventBridge would refuse the whole request
   */
  putEvents({ Entries = [] }: { readonly Entries?: readonly Entry[] }): PutEventsOutput {
    if (Entries.length < 1 || Entries.length > MAX_ENTRIES) {
      throw invalid(`Value at 'entries' must have from 1 to ${MAX_ENTRIES} entries.`);
    }
    if (Entries.some((entry) => bytesOf(entry) > MAX_BYTES)) throw invalid("The entry is over the size limit.");
    const results = Entries.map((entry) => this.#put(entry));
    return { FailedEntryCount: results.filter((result) => "ErrorCode" in result).length, Entries: results };
  }

  #put(entry: Entry): EntryResult {
    const { name, clock, random, failEntry } = this.#props;
    const missing = (["Source", "DetailType", "Detail"] as const).find((parameter) => !entry[parameter]);
    if (missing) return failure("InvalidArgument", `Parameter ${missing} is not valid. It is a required argument.`);
    const id = random.uuid();
    const event = toEnvelope(id, entry, clock.now());
    if (event === undefined) return failure("MalformedDetail", "Detail is malformed.");
    const code = failEntry?.();
    if (code !== undefined) return failure(code, "EventBridge did not take the event.");
    if ((entry.EventBusName ?? "default") === name && this.#matches(event)) this.#start(event);
    return { EventId: id };
  }

  /** Starts to deliver an event: at least once, and in no order. */
  #start(event: string): void {
    const { clock, random, duplicates = 0 } = this.#props;
    const delivery = { event, takenAt: clock.now(), retries: 0 };
    this.#deliverAfter(random.between(...DELIVERY_TIME), delivery);
    if (random.chance(duplicates)) this.#deliverAfter(random.between(...DELIVERY_TIME), delivery);
  }

  /**
   * Delivers an event, with retries, at last to the dead-letter queue
   * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html,
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
   */
  #deliverAfter(milliseconds: number, delivery: Delivery): void {
    const { after, clock, random, target, isTargetDown } = this.#props;
    const { event, takenAt, retries } = delivery;
    this.#undelivered += 1;
    after(milliseconds, () => {
      this.#undelivered -= 1;
      if (!isTargetDown()) return void target.queue.send({ MessageBody: event });
      const longest = Math.min(FIRST_PAUSE * 2 ** retries, LONGEST_PAUSE);
      const pause = random.between(longest / 2, longest);
      if (retries < target.maxAttempts && clock.now() + pause <= takenAt + target.maxAge * 1000) {
        this.#deliverAfter(pause, { event, takenAt, retries: retries + 1 });
      } else {
        target.deadLetterQueue.send({ MessageBody: event, MessageAttributes: REASON });
      }
    });
  }
}

/** An entry's size (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html). */
function bytesOf({ Source = "", DetailType = "", Detail = "", Resources = [], Time }: Partial<Entry>): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), Time === undefined ? 0 : 14);
}

function failure(ErrorCode: string, ErrorMessage: string): EntryResult {
  return { ErrorCode, ErrorMessage };
}

function invalid(message: string): ServiceError {
  return new ServiceError(400, "ValidationException", message);
}
