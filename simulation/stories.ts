import fc from "fast-check";
import { type Flow, HANDLER_FAULT_NAMES, type Happenings, type ServiceFaultName } from "./plan.ts";

// Things that belong together in time, which plans drawn piece by piece almost never have.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const NOTHING: Happenings = { flows: [], attacks: [], serviceFaults: [], lambdaFaults: [], operator: [] };

/** A token is known everywhere so long after it was stored, and the simulated stack accepts the previous one for an hour. */
const KNOWN_AFTER = 6 * MINUTE;
const OVERLAP = HOUR;
/** How long the operator who revokes a token waits until it is stored again. */
const STORED_AGAIN_AFTER = 3 * MINUTE;

const from = fc.nat(4 * HOUR);
const between = (min: number, max: number) => fc.integer({ min, max });

/** A flow that has most of the callbacks. */
const read = (start: number, duration: number): Flow => ({
  ...{ from: start, duration, kind: "read report", weight: 20, conversations: 3, longestDelay: 500 },
});

/** Faults that fail a call at once, so that one environment gets all requests. */
const immediateFault = fc.constantFrom<ServiceFaultName>("answers 403, access denied", "answers 400, invalid");

/** What a flood consists of: many requests, or large ones. */
const flood = fc.constantFrom(
  { kind: "wrong signature", requests: 1_000 } as const,
  { kind: "wrong signature of a large body", requests: 150 } as const,
);

const floodWhileTheTokenIsUnreadable = fc
  .record({ from, flood, secret: immediateFault, standby: fc.option(immediateFault, { freq: 2 }) })
  .map(({ from, flood, secret, standby }): Happenings => {
    const period = { from, duration: 2 * MINUTE, share: 1 };
    return {
      ...NOTHING,
      attacks: [{ ...flood, from: from + 10 * SECOND, duration: MINUTE }],
      serviceFaults: [
        { ...period, target: "secret", name: secret },
        ...(standby ? [{ ...period, target: "standby", name: standby } as const] : []),
      ],
    };
  });

const attackOnABrokenDeployment = fc
  .record({
    from,
    attack: fc.oneof(flood, fc.constant({ kind: "unsigned", requests: 10 } as const)),
    pause: between(2 * MINUTE, 10 * MINUTE),
  })
  .map(
    ({ from, attack, pause }): Happenings => ({
      ...NOTHING,
      attacks: [{ ...attack, from: from + 10 * SECOND, duration: MINUTE }],
      operator: [{ kind: "deploys a broken configuration without a canary", at: from, pause }],
    }),
  );

const attackWithThePreviousToken = fc.record({ from, pause: between(10 * SECOND, 10 * MINUTE) }).map(
  ({ from, pause }): Happenings => ({
    ...NOTHING,
    attacks: [
      { kind: "revoked token", from: from + KNOWN_AFTER + OVERLAP + MINUTE, duration: 10 * MINUTE, requests: 10 },
    ],
    operator: [{ kind: "rotates the token", at: from, pause }],
  }),
);

/** Requests without a signature keep an environment warm, and teach it nothing about the tokens. */
const attackOnAnEnvironmentThatSawNoNewToken = fc
  .record({ from, pause: between(10 * SECOND, 10 * MINUTE) })
  .map(({ from, pause }): Happenings => {
    const revokedAt = from + MINUTE;
    const knownAt = revokedAt + pause + STORED_AGAIN_AFTER + KNOWN_AFTER + SECOND;
    return {
      ...NOTHING,
      attacks: [
        { kind: "unsigned", from, duration: knownAt - from, requests: 100 },
        { kind: "revoked token", from: knownAt, duration: MINUTE, requests: 10 },
      ],
      operator: [{ kind: "revokes the token", at: revokedAt, pause }],
    };
  });

const longOutageOfTheDestination = fc
  .record({ from, duration: between(2 * HOUR, 4 * HOUR), name: immediateFault.filter((name) => name.includes("403")) })
  .map(
    ({ from, duration, name }): Happenings => ({
      ...NOTHING,
      flows: [read(from, MINUTE)],
      serviceFaults: [{ from, duration, target: "destination", name, share: 1 }],
    }),
  );

const deadLettersThatNothingTakes = fc.record({ from, duration: between(5 * MINUTE, HOUR), name: immediateFault }).map(
  ({ from, duration, name }): Happenings => ({
    ...NOTHING,
    flows: [read(from, MINUTE)],
    serviceFaults: [
      { from, duration, target: "destination", name: "answers 400, invalid", share: 1 },
      { from, duration, target: "dead letters", name, share: 1 },
    ],
  }),
);

/** To an environment whose clock was ahead, it is set back in the middle of the flow. */
const clockThatIsPutRight = fc.record({ from, duration: between(MINUTE, 5 * MINUTE) }).map(
  ({ from, duration }): Happenings => ({
    ...NOTHING,
    flows: [read(from, 15 * MINUTE)],
    lambdaFaults: [{ name: "sets the clock of environments", from, duration, share: 1 }],
  }),
);

/** From an existing handler to this endpoint and back, while the handler fails and a new version starts. */
const handlerFault = fc.constantFrom<ServiceFaultName>("never answers", "never connects", ...HANDLER_FAULT_NAMES);
const migrationAndBack = fc.record({ from, name: handlerFault }).map(
  ({ from, name }): Happenings => ({
    ...NOTHING,
    flows: [
      read(from, 30 * MINUTE),
      { ...read(from, 30 * MINUTE), kind: "forwarded before-callback" },
      { ...read(from, 30 * MINUTE), kind: "callback that is not forwarded" },
    ],
    serviceFaults: [{ from: from + 7 * MINUTE, duration: 10 * MINUTE, target: "handler", name, share: 1 }],
    operator: [
      { kind: "starts relaying", at: from, pause: MINUTE },
      { kind: "deploys", at: from + 8 * MINUTE, pause: MINUTE },
      { kind: "stops relaying", at: from + 20 * MINUTE, pause: MINUTE },
    ],
  }),
);

/** One of the stories. */
export const story: fc.Arbitrary<Happenings> = fc.oneof(
  // It has the most variants.
  { weight: 2, arbitrary: floodWhileTheTokenIsUnreadable },
  attackOnABrokenDeployment,
  attackWithThePreviousToken,
  attackOnAnEnvironmentThatSawNoNewToken,
  longOutageOfTheDestination,
  deadLettersThatNothingTakes,
  clockThatIsPutRight,
  migrationAndBack,
);
