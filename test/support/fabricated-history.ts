import type { ChatEvent } from "../../events/chat-event.ts";
import { toJson } from "../../events/json.ts";
import { SDK_APP_ID } from "../../simulation/app.ts";
import {
  type Arrival,
  type CallRecord,
  type EnvironmentRecord,
  emptyHistory,
  type History,
  type InvocationRecord,
  type SentCallback,
} from "../../simulation/history.ts";
import { judgeRun } from "../../simulation/invariants/index.ts";
import type { Plan } from "../../simulation/plan.ts";
import { STARTS_AT } from "../../simulation/world.ts";
import { READ_REPORT_COMMAND } from "../../tencent/commands.ts";
import { signedQuery } from "../../tencent/signed-query.ts";
import { READ_REPORT } from "./callbacks.ts";
import { exampleEvent } from "./example-event.ts";
import { planOf } from "./simulated-world.ts";

/** The token that is valid from the start. Times are in milliseconds, those of the history since its start. */
export const FIRST_TOKEN = "token-first";

/** How a callback differs from an ordinary one. */
interface Fate {
  readonly forged?: boolean;
  readonly callback?: Partial<SentCallback>;
  readonly token?: string;
  /** When the function begins with it. */
  readonly at?: number;
  readonly duration?: number;
  readonly statusCode?: number;
  readonly text?: string;
  readonly calls?: readonly Partial<CallRecord>[];
  readonly environment?: EnvironmentRecord;
  readonly invocation?: Partial<InvocationRecord>;
}

/** How an event arrives, where it is not the usual. */
interface ArrivalChanges extends Partial<Omit<Arrival, "at" | "body">> {
  readonly metadata?: Partial<ChatEvent["detail"]["metadata"]>;
}

/** A history that a test makes up, instead of a run. Everything in it is in order, unless the test says otherwise. */
export class FabricatedHistory {
  readonly history: History = {
    ...emptyHistory(),
    tokens: [{ value: FIRST_TOKEN, storedAt: STARTS_AT }],
    healedAt: STARTS_AT,
    recoveredAt: STARTS_AT + 86_400_000,
  };
  readonly plan: Plan;
  #callbacks = 0;

  constructor(plan: Partial<Plan> = {}) {
    this.plan = planOf(plan);
  }

  /** Adds an environment. */
  environment(
    functionName: EnvironmentRecord["functionName"] = "callback",
    variables: EnvironmentRecord["variables"] = {},
  ): EnvironmentRecord {
    const environment: EnvironmentRecord = {
      ...{
        id: this.history.environments.length + 1,
        functionName,
        startedAt: STARTS_AT,
        isMisconfigured: false,
        variables,
      },
      ...{ lines: [], invocations: [], startCalls: [] },
    };
    this.history.environments.push(environment);
    return environment;
  }

  /** Adds an invocation that returned. */
  invoke(
    environment: EnvironmentRecord,
    { at = 0, duration = 50, calls = [], invocation }: Pick<Fate, "at" | "duration" | "calls" | "invocation"> = {},
  ): InvocationRecord {
    const startedAt = STARTS_AT + at;
    const record: InvocationRecord = {
      ...{
        environment,
        startedAt,
        endedAt: startedAt + duration,
        outcome: "returned",
        logBytes: 0,
        leftPending: 0,
        relayed: [],
      },
      calls: calls.map(
        (call) =>
          ({
            ...{ at: startedAt, target: "destination", operation: "SendMessage" },
            fault: undefined,
            ...call,
          }) as CallRecord,
      ),
      ...invocation,
    };
    environment.invocations.push(record);
    return record;
  }

  /** Adds a callback that the function answers: by default a read report, with OK after one call of the destination. */
  send({ forged = false, token = FIRST_TOKEN, ...fate }: Fate = {}): SentCallback {
    this.#callbacks += 1;
    const EventTime = STARTS_AT + this.#callbacks;
    const key = forged ? `forged ${this.#callbacks}` : String(EventTime);
    const { statusCode = forged ? 401 : 200, text = "", at = 0, calls = forged ? [] : [{}] } = fate;
    const invocation = this.invoke(fate.environment ?? this.environment(), {
      ...{ ...fate, calls },
      invocation: { result: { statusCode, headers: {}, body: text }, ...fate.invocation },
    });
    const signed = { sdkAppId: SDK_APP_ID, token, command: READ_REPORT_COMMAND, requestId: key };
    const sentAt = STARTS_AT + at;
    const query = signedQuery({ ...signed, requestTime: Math.floor(sentAt / 1_000) });
    const callback: SentCallback = {
      ...{ key, origin: forged ? "forged" : "genuine", variant: forged ? "wrong signature" : "read report" },
      ...{ command: READ_REPORT_COMMAND, unit: "read alice bob", isEvent: true, isUserWaiting: false },
      body: JSON.stringify({ ...READ_REPORT, EventTime, ...(forged && { Report_Account: key }) }),
      attempts: [{ sentAt, query, contentType: "application/json", invocation }],
      ...fate.callback,
    };
    this.history.callbacks.set(callback.key, callback);
    return callback;
  }

  /** The event of a callback. */
  eventOf({ body }: SentCallback, metadata: ArrivalChanges["metadata"] = {}): ChatEvent {
    const event = exampleEvent(JSON.parse(body) as object);
    return { ...event, detail: { ...event.detail, metadata: { ...event.detail.metadata, ...metadata } } };
  }

  /** Lets a callback's event arrive. */
  arrive(callback: SentCallback, at = 20, { metadata, ...changes }: ArrivalChanges = {}): void {
    const body = toJson(this.eventOf(callback, metadata));
    const usual = { group: undefined, isDuplicate: false, isMovedBack: false };
    this.history.arrivals.push({ at: STARTS_AT + at, body, ...usual, ...changes });
  }

  /** Lets a consumer receive a callback's event. */
  receive(callback: SentCallback): void {
    const body = toJson(this.eventOf(callback));
    this.history.receipts.push({ at: STARTS_AT, messageId: callback.key, body, isProcessed: true });
  }

  /** Leaves a callback's event in a queue. */
  leaveBehind(callback: SentCallback): void {
    this.history.leftBehind.push({ queue: "standby", body: toJson(this.eventOf(callback)) });
  }

  /** Writes a line to an environment's log. */
  log(environment: EnvironmentRecord, text: string, at = 10): void {
    environment.lines.push({ at: STARTS_AT + at, text });
  }

  /** Stores a token in the secret. */
  storeToken(value: string, at: number): void {
    this.history.tokens.push({ value, storedAt: STARTS_AT + at });
  }

  /** The promises that the history breaks. */
  broken(): string[] {
    return [...new Set(judgeRun(this.plan, this.history).violations.map(({ promise }) => promise))];
  }

  /** How often a promise is put to the test. */
  checks(promise: string): number {
    return judgeRun(this.plan, this.history).checks.get(promise) ?? 0;
  }
}
