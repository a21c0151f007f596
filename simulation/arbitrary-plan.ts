import fc from "fast-check";
import {
  ATTACK_KINDS,
  CALLBACK_KINDS,
  type CallbackKind,
  type Flow,
  HANDLER_FAULT_NAMES,
  type Happenings,
  LAMBDA_FAULT_NAMES,
  OPERATOR_ACTIONS,
  type Plan,
  RELAYED,
  SERVICE_FAULT_NAMES,
  TARGETS,
  type Target,
} from "./plan.ts";
import { story } from "./stories.ts";

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
  ["handler"],
  ["handler", "destination"],
  ["handler", "secret"],
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
    handler: fc.constantFrom(...HANDLER_FAULT_NAMES),
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
    relayed: fc.constantFrom(...RELAYED, "none"),
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
    story: fc.option(story, { freq: 2, nil: undefined }),
    /** Whether nothing happens in addition to the story, so that nothing disturbs it. */
    isQuiet: fc.boolean(),
  });
  return fc
    .noBias(draft)
    .map(({ haste, outages, attacks, lambdaFaults, operator, story: drawn, isQuiet, ...rest }): Plan => {
      const flows = rest.flows.map((each) => ({ ...each, from: Math.floor(each.from / haste) }));
      const at = (when: Moment) => toTime(when, flows, haste);
      const place = <Item extends { readonly moment: Moment }>({ moment: when, ...item }: Item) => ({
        ...item,
        from: at(when),
      });
      if (drawn && isQuiet) return { ...rest, ...drawn, flows: [...flows, ...drawn.flows] };
      const general: Happenings = {
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
      return { ...rest, ...(drawn ? combine(drawn, general) : general) };
    });
}

/** @param haste how many times earlier than drawn */
function toTime(when: Moment, flows: readonly Flow[], haste: number): number {
  if (typeof when === "number") return Math.floor(when / haste);
  const { from, duration: length } = flows[when.flow % flows.length] as Flow;
  // Some seconds earlier, so that a short flow is met.
  return Math.max(0, Math.floor(from + when.part * length) - 2 * SECOND);
}

function combine(one: Happenings, other: Happenings): Happenings {
  return {
    flows: [...one.flows, ...other.flows],
    attacks: [...one.attacks, ...other.attacks],
    serviceFaults: [...one.serviceFaults, ...other.serviceFaults],
    lambdaFaults: [...one.lambdaFaults, ...other.lambdaFaults],
    operator: [...one.operator, ...other.operator],
  };
}
