import fc from "fast-check";
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
  "before-callback that is not forwarded",
  "Verify",
  "read report in a new format",
  "read report that is too large",
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
  "revoked token",
  "old signature with another body",
  "repeated parameters",
  "another app's",
  "large body",
] as const;
/** One of {@link ATTACK_KINDS}. */
export type AttackKind = (typeof ATTACK_KINDS)[number];

/** The services that the functions call, and the delivery from the bus to its queue. */
export const TARGETS = ["destination", "standby", "dead letters", "secret", "rule"] as const;
/** One of {@link TARGETS}. */
export type Target = (typeof TARGETS)[number];

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
  "deploys a broken configuration",
  "replays the log",
  "moves dead letters back",
] as const;

/** A day in the life of the deployed system: all that is decided before it begins. */
export interface Plan {
  /** Decides everything that the plan leaves open. */
  readonly seed: number;
  readonly destination: "fifo" | "standard" | "bus";
  /** How many callbacks Tencent sends. */
  readonly callbacks: number;
  readonly flows: readonly Flow[];
  readonly attacks: readonly Attack[];
  readonly serviceFaults: readonly ServiceFault[];
  readonly lambdaFaults: readonly LambdaFault[];
  readonly operator: readonly OperatorAction[];
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

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const time = fc.nat(DAY - 1);
/** From a second to some hours. Long ones are few, as everything that is repeated during an outage takes real time. */
const duration = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: SECOND, max: MINUTE }) },
  { weight: 3, arbitrary: fc.integer({ min: MINUTE, max: 20 * MINUTE }) },
  { weight: 1, arbitrary: fc.integer({ min: 20 * MINUTE, max: 6 * HOUR }) },
);
const share = fc.constantFrom(1, 1, 0.5, 0.1, 0.02);
const fraction = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);

/** When something happens: at any time, or while callbacks of a flow arrive, which finds more. */
type Moment = number | { readonly flow: number; readonly part: number };
const moment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 1, arbitrary: time },
  { weight: 3, arbitrary: fc.record({ flow: fc.nat(), part: fraction }) },
);

/** Most of a day's callbacks arrive in a few busy minutes, so that faults and callbacks meet. */
const flow: fc.Arbitrary<Flow> = fc.record({
  from: time,
  duration: fc.oneof(
    { weight: 2, arbitrary: fc.constant(SECOND) },
    { weight: 3, arbitrary: fc.integer({ min: SECOND, max: MINUTE }) },
    { weight: 3, arbitrary: duration },
  ),
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constant<CallbackKind>("read report") },
    { weight: 2, arbitrary: fc.constant<CallbackKind>("forwarded before-callback") },
    { weight: 6, arbitrary: fc.constantFrom(...CALLBACK_KINDS) },
  ),
  weight: fc.integer({ min: 1, max: 10 }),
  conversations: fc.constantFrom(1, 3, 50),
  longestDelay: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(50, 500) },
    { weight: 1, arbitrary: fc.constantFrom(5 * SECOND, 50 * SECOND, 5 * MINUTE) },
  ),
});

const attack = fc.record({
  moment,
  duration,
  kind: fc.constantFrom(...ATTACK_KINDS),
  requests: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(1, 10, 100) },
    { weight: 1, arbitrary: fc.constant(1_000) },
  ),
});

/** Which targets fail together. */
const targets = fc.constantFrom<readonly Target[]>(
  ["destination"],
  ["standby"],
  ["secret"],
  ["destination", "standby"],
  ["standby", "secret"],
  ["destination", "dead letters"],
  ["destination", "standby", "secret"],
  ["rule"],
  TARGETS,
);

/** Faults of several services at the same time, each of its own kind. */
const outage = fc.record({
  moment,
  duration,
  targets,
  faults: fc.record({
    destination: fc.constantFrom(...SERVICE_FAULT_NAMES),
    standby: fc.constantFrom(...SERVICE_FAULT_NAMES),
    secret: fc.constantFrom(...SERVICE_FAULT_NAMES),
    "dead letters": fc.constantFrom(...SERVICE_FAULT_NAMES),
    rule: fc.constantFrom(...SERVICE_FAULT_NAMES),
  }),
  share,
});

const lambdaFault = fc.record({
  moment,
  duration,
  name: fc.constantFrom(...LAMBDA_FAULT_NAMES),
  share,
});

const operatorAction = fc.record({
  kind: fc.constantFrom(...OPERATOR_ACTIONS),
  moment,
  pause: fc.integer({ min: 10 * SECOND, max: 10 * MINUTE }),
});

/**
 * The plans that seeds are drawn from.
 *
 * @param mostCallbacks how many callbacks Tencent sends at most
 */
export function arbitraryPlan(mostCallbacks: number): fc.Arbitrary<Plan> {
  const draft = fc.record({
    seed: fc.noShrink(fc.integer()),
    destination: fc.constantFrom("fifo", "standard", "bus"),
    callbacks: fc.integer({ min: 1, max: mostCallbacks }),
    flows: fc.array(flow, { minLength: 1, maxLength: 8 }),
    attacks: fc.array(attack, { maxLength: 4 }),
    outages: fc.array(outage, { maxLength: 8 }),
    lambdaFaults: fc.array(lambdaFault, { maxLength: 3 }),
    operator: fc.array(operatorAction, { maxLength: 6 }),
    edges: fc.array(fc.integer({ min: -45 * SECOND, max: 45 * SECOND }), { minLength: 1, maxLength: 4 }),
    repeatsOnTimeout: fc.boolean(),
    consumer: fc.record({
      duration: fc.constantFrom(50, SECOND, MINUTE),
      failing: fc.constantFrom(0, 0.1, 0.5),
      poison: fc.constantFrom(0, 0.02),
    }),
    // Plans in which everything happens at about the same time find more than those that spread it over a day.
    haste: fc.constantFrom(1, 6, 48, 288),
  });
  return fc.noBias(draft).map(({ haste, outages, attacks, lambdaFaults, operator, ...rest }): Plan => {
    const flows = rest.flows.map((drawn) => ({ ...drawn, from: Math.floor(drawn.from / haste) }));
    const at = (when: Moment) => toTime(when, flows, haste);
    const place = <Item extends { readonly moment: Moment }>({ moment: when, ...item }: Item) => ({
      ...item,
      from: at(when),
    });
    return {
      ...rest,
      flows,
      attacks: attacks.map(place),
      lambdaFaults: lambdaFaults.map(place),
      serviceFaults: outages
        .map(place)
        .flatMap(({ targets: hit, faults, ...fault }) =>
          hit.map((target) => ({ ...fault, target, name: faults[target] })),
        ),
      operator: operator.map(({ moment: when, ...action }) => ({ ...action, at: at(when) })),
    };
  });
}

/** @param haste how many times earlier than drawn */
function toTime(when: Moment, flows: readonly Flow[], haste: number): number {
  if (typeof when === "number") return Math.floor(when / haste);
  const { from, duration: length } = flows[when.flow % flows.length] as Flow;
  // Some seconds earlier, so that a short flow is met.
  return Math.max(0, Math.floor(from + when.part * length) - 2 * SECOND);
}
