import type { Reply } from "../tencent/reply.ts";
import type { ServiceAnswer, ServiceRequest } from "./lambda/http.ts";
import type { Target } from "./plan.ts";

// Times are Unix milliseconds of virtual time, unless a name says otherwise.

/** Who sent a request: it decides whether the function should accept it. */
export type Origin =
  /** Tencent, signed with the current or the previous token. */
  | "genuine"
  /** Nobody who may: unsigned, wrongly signed, for another app, or with somebody else's old signature. */
  | "forged";

/** A callback, however often it is sent. */
export interface SentCallback {
  /** Identifies it: the `EventTime` in its body, which no other callback of the run has. */
  readonly key: string;
  readonly origin: Origin;
  /** What is special about it, such as `unsigned` or `late`; for reports. */
  readonly variant: string;
  readonly command: string;
  /** Its unit of order: the parties of a conversation. */
  readonly unit: string;
  readonly body: string;
  /** Whether its event is wanted: a read report, or a forwarded command. */
  readonly isEvent: boolean;
  /** Whether a user waits for the reply. */
  readonly isUserWaiting: boolean;
  readonly attempts: Attempt[];
}

/** One sending of a callback. */
export interface Attempt {
  readonly sentAt: number;
  readonly query: string;
  readonly contentType: string;
  /** What the sender saw, and when; `undefined` if it had given up by then. */
  reply?: { readonly at: number; readonly statusCode: number; readonly text: string } | undefined;
  /** The invocation that it led to; `undefined` if API Gateway or Lambda turned it away. */
  invocation?: InvocationRecord | undefined;
}

/** One invocation of a function. */
export interface InvocationRecord {
  readonly environment: EnvironmentRecord;
  readonly startedAt: number;
  endedAt?: number;
  outcome?: "returned" | "ended" | "timed out" | "failed";
  /** What the callback function returned. */
  result?: Reply | undefined;
  /** The calls that were on their way during the invocation. */
  readonly calls: CallRecord[];
  /** Likewise those of the existing handler. */
  readonly relayed: RelayRecord[];
  /** UTF-8 bytes of the log. */
  logBytes: number;
  /** Timers and requests that were still under way when it returned. */
  leftPending: number;
}

/** One call of a service, or an attempt to connect to it that failed. */
export interface CallRecord {
  readonly at: number;
  readonly target: Target;
  /** Empty for a connection. */
  readonly operation: string;
  /** What went wrong; `undefined` if nothing did. */
  fault: string | undefined;
}

/** One request to the existing handler, or an attempt to connect to it that failed. */
export interface RelayRecord extends CallRecord {
  /** What was sent; `undefined` if there was no connection. */
  readonly request: ServiceRequest | undefined;
  /** What came back, and when it set out. */
  answer?: { readonly at: number; readonly content: ServiceAnswer };
}

/** One line of a function's log. */
export interface LogLine {
  readonly at: number;
  readonly text: string;
}

/** One of Lambda's environments. */
export interface EnvironmentRecord {
  readonly id: number;
  readonly functionName: "callback" | "republish";
  readonly startedAt: number;
  /** Its configuration was broken by a deployment. */
  readonly isMisconfigured: boolean;
  /** Its environment variables. */
  readonly variables: Readonly<Record<string, string>>;
  readonly lines: LogLine[];
  readonly invocations: InvocationRecord[];
  /** Calls outside of invocations: those of its start. */
  readonly startCalls: CallRecord[];
  endedAt?: number;
}

/** A message that the destination's queue took, or dropped as a repeat. */
export interface Arrival {
  readonly at: number;
  readonly body: string;
  readonly group: string | undefined;
  readonly isDuplicate: boolean;
  /** Whether it is a dead letter that was moved back: to the queue a new message. */
  readonly isMovedBack: boolean;
}

/** A message that a consumer received. */
export interface Receipt {
  readonly at: number;
  readonly messageId: string;
  readonly body: string;
  /** Whether the consumer processed it. */
  isProcessed: boolean;
}

/** Everything that happened in a run, for the invariants to check. */
export interface History {
  readonly callbacks: Map<string, SentCallback>;
  readonly environments: EnvironmentRecord[];
  readonly arrivals: Arrival[];
  readonly receipts: Receipt[];
  /** Every token that was ever valid. */
  readonly tokens: { readonly value: string; readonly storedAt: number }[];
  /** The messages that are still in a queue at the end. */
  readonly leftBehind: { readonly queue: string; readonly body: string }[];
  /** What the operator's commands printed. */
  readonly operatorOutput: string[];
  /** When the last fault had ended, and the operator began to recover. */
  healedAt: number;
  /** When the queues were empty after that, and the operator moved dead letters back. */
  recoveredAt: number;
  /** What happened, in words, if somebody wants to read it. */
  readonly trace: ((text: string) => void) | undefined;
}

/** Creates a history in which nothing has happened. */
export function emptyHistory(): History {
  return {
    callbacks: new Map(),
    environments: [],
    arrivals: [],
    receipts: [],
    tokens: [],
    leftBehind: [],
    operatorOutput: [],
    healedAt: 0,
    recoveredAt: 0,
    trace: undefined,
  };
}
