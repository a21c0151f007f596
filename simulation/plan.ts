import { SERVICE_FAULTS } from "../local/service-faults.ts";

// Times are milliseconds since the start of the run, and durations milliseconds.

/** A period. */
interface Period {
  readonly from: number;
  readonly duration: number;
}

/** The first of some faults that are under way and meet a condition. */
export function findUnderWay<Fault extends Period>(
  faults: readonly Fault[],
  time: number,
  isWanted: (fault: Fault) => boolean,
): Fault | undefined {
  return faults.find((fault) => fault.from <= time && time < fault.from + fault.duration && isWanted(fault));
}

/** When the last of some faults ends; 0 without any. */
export function endOf(faults: readonly Period[]): number {
  return Math.max(0, ...faults.map(({ from, duration }) => from + duration));
}

/** Callbacks of one kind that Tencent sends during a period. */
export interface Flow extends Period {
  readonly kind: CallbackKind;
  /** Its share of the run's callbacks, in relation to the other flows' shares. */
  readonly weight: number;
  /** Between how many pairs of users. */
  readonly conversations: number;
  /** How long a callback travels at most. */
  readonly longestDelay: number;
}

/** What Tencent sends. */
export const CALLBACK_KINDS = [
  "read report",
  "forwarded callback",
  "forwarded before-callback",
  "callback that is not forwarded",
  "large callback that is not forwarded",
  "before-callback that is not forwarded",
  "Verify",
  "read report in a new format",
  "read report that is too large",
  "read report that is cut off",
] as const;
/** One of {@link CALLBACK_KINDS}. */
export type CallbackKind = (typeof CALLBACK_KINDS)[number];

/** Requests that somebody else sends during a period. */
export interface Attack extends Period {
  readonly kind: AttackKind;
  readonly requests: number;
}

/** What attackers send. */
export const ATTACK_KINDS = [
  "unsigned",
  "malformed signature",
  "wrong signature",
  "wrong signature of a large body",
  "revoked token",
  "old signature with another body",
  "repeated parameters",
  "another app's",
  "large body",
] as const;
/** One of {@link ATTACK_KINDS}. */
export type AttackKind = (typeof ATTACK_KINDS)[number];

/** The services that the functions call, and the delivery from the bus to its queue. */
export const TARGETS = ["destination", "standby", "dead letters", "secret", "rule", "handler"] as const;
/** One of {@link TARGETS}. */
export type Target = (typeof TARGETS)[number];

/** The callbacks that the existing handler gets. */
export const RELAYED = ["none", "some", "all"] as const;
/** One of {@link RELAYED}. */
export type Relayed = (typeof RELAYED)[number];

/** A fault of a service, or of the network on the way to it. */
export interface ServiceFault extends Period {
  readonly target: Target;
  readonly name: ServiceFaultName;
  /** The share of calls that it hits. */
  readonly share: number;
}

/** The faults of services: those of the other tests, and those that take time. */
export const SERVICE_FAULT_NAMES = [
  ...(Object.keys(SERVICE_FAULTS) as (keyof typeof SERVICE_FAULTS)[]),
  "is slow",
  "is carried out late",
  "gets slower and slower",
  "refuses connections",
  "never connects",
  "never takes some of the messages",
] as const;
/** One of {@link SERVICE_FAULT_NAMES}. */
export type ServiceFaultName = (typeof SERVICE_FAULT_NAMES)[number];

/** Those that an existing handler may have, too: the others are AWS's. */
export const HANDLER_FAULT_NAMES = [
  "answers after 300 ms",
  "never answers",
  "stops within the answer",
  "resets before the call was carried out",
  "resets after the call was carried out",
  "answers 500",
  "answers 503",
  "answers malformed JSON",
  "is slow",
  "is carried out late",
  "gets slower and slower",
  "refuses connections",
  "never connects",
] as const satisfies readonly ServiceFaultName[];

/** A fault of Lambda. */
export interface LambdaFault extends Period {
  readonly name: (typeof LAMBDA_FAULT_NAMES)[number];
  /** The share of invocations that it hits. */
  readonly share: number;
}

/** The faults of Lambda. */
export const LAMBDA_FAULT_NAMES = [
  "ends an environment in the middle",
  "starts every environment anew",
  "has no concurrency left",
  "sets the clock of environments",
  "lets the clock of environments drift",
] as const;

/** Something that the operator does. */
export interface OperatorAction {
  readonly kind: (typeof OPERATOR_ACTIONS)[number];
  readonly at: number;
  /** How long the operator takes for the next step of the action, if it has one. */
  readonly pause: number;
}

/** What the operator does. */
export const OPERATOR_ACTIONS = [
  "rotates the token",
  "revokes the token",
  "makes the previous token current again",
  "deploys",
  "starts relaying",
  "stops relaying",
  "deploys a broken configuration",
  "deploys a broken configuration without a canary",
  "replays the log",
  "moves dead letters back",
] as const;

/** Parts of a plan. */
export interface Happenings {
  readonly flows: readonly Flow[];
  readonly attacks: readonly Attack[];
  readonly serviceFaults: readonly ServiceFault[];
  readonly lambdaFaults: readonly LambdaFault[];
  readonly operator: readonly OperatorAction[];
}

/** A day in the life of the deployed system: all that is decided before it begins. */
export interface Plan extends Happenings {
  /** Decides everything that the plan leaves open. */
  readonly seed: number;
  readonly destination: "fifo" | "standard" | "bus";
  /** Which callbacks are relayed to an existing handler at the beginning. */
  readonly relayed: Relayed;
  /** How many callbacks Tencent sends. */
  readonly callbacks: number;
  /** How far the clock of each of Tencent's edges is ahead. */
  readonly edges: readonly number[];
  /** Whether Tencent sends a callback again that timed out. */
  readonly repeatsOnTimeout: boolean;
  readonly consumer: {
    /** How long it takes for a batch. */
    readonly duration: number;
    /** The share of messages that it fails to process. */
    readonly failing: number;
    /** The share that it fails to process again and again, until the operator moves it back. */
    readonly poison: number;
  };
}
