import {
  ATTACK_KINDS,
  CALLBACK_KINDS,
  LAMBDA_FAULT_NAMES,
  OPERATOR_ACTIONS,
  type Plan,
  RELAYED,
  SERVICE_FAULT_NAMES,
} from "../../simulation/plan.ts";
import { type Draw, drawPlan } from "../../simulation/seeds/judge.ts";

/** So many callbacks and forged requests in a plan take a fraction of a second. */
const MOST_CALLBACKS = 60;
const MOST_FORGED = 200;

function isShort({ attacks }: Plan): boolean {
  return attacks.reduce((sum, { requests }) => sum + requests, 0) <= MOST_FORGED;
}

/**
 * Finds seeds with short plans, upwards from one.
 *
 * @param callbacks how many callbacks their plans have at most
 */
export function* findSeeds(callbacks: number, from = 1): Generator<Draw, never> {
  for (let seed = from; ; seed += 1) if (isShort(drawPlan({ seed, callbacks }))) yield { seed, callbacks };
}

/** What the plans have to contain. */
const WANTED = new Set<string>([
  ...["fifo", "standard", "bus"],
  ...[RELAYED, CALLBACK_KINDS, ATTACK_KINDS, LAMBDA_FAULT_NAMES, OPERATOR_ACTIONS, SERVICE_FAULT_NAMES].flat(),
]);

/** So many seeds to choose from. */
const SEEDS = 400;

/**
 * Chooses seeds with short plans that together contain every destination, kind of callback, attack, fault and action of the
 * operator: always the one with most of what is missing. When `simulation/arbitrary-plan.ts` changes, so do they.
 */
export function chooseSeeds(): Draw[] {
  const candidates = findSeeds(MOST_CALLBACKS)
    .take(SEEDS)
    .map((draw) => ({ draw, contents: new Set(contentsOf(drawPlan(draw))) }))
    .toArray();
  const chosen: Draw[] = [];
  let missing: Set<string> = WANTED;
  while (missing.size > 0) {
    const best = candidates.reduce((one, other) =>
      other.contents.intersection(missing).size > one.contents.intersection(missing).size ? other : one,
    );
    const left = missing.difference(best.contents);
    if (left.size === missing.size) throw new Error(`No short plan has ${[...missing].join(", ")}: adapt SEEDS`);
    missing = left;
    chosen.push(best.draw);
  }
  return chosen;
}

function contentsOf({ destination, relayed, flows, attacks, lambdaFaults, operator, serviceFaults }: Plan): string[] {
  // A fault that no callback meets shows nothing.
  const meetsCallbacks = ({ from, duration }: { readonly from: number; readonly duration: number }) =>
    flows.some((flow) => flow.from < from + duration && from < flow.from + flow.duration);
  return [
    destination,
    relayed,
    ...[...flows, ...attacks, ...operator].map(({ kind }) => kind),
    ...[...lambdaFaults, ...serviceFaults.filter(({ target, share }) => target === "destination" && share >= 0.5)]
      .filter(meetsCallbacks)
      .map(({ name }) => name),
  ];
}
