import type { Run } from "./run.ts";
import {
  aForgedCallbackIsRefusedAndBecomesNoEvent,
  aRepeatedCallbackIsDropped,
  everyAcceptedCallbackBecomesItsEvent,
} from "./steps/callbacks.ts";
import {
  aChangeFromQueueToBusAndBackLosesNothing,
  afterGoingBackTheNextDeploymentSucceeds,
  anAliasMovedByHandIsRepairedByAForcedDeployment,
  anExistingHandlerDecidesAndReadsAreStored,
  aRolledBackChangeOfDestinationKeepsTheNewQueueAndItsEvents,
  aRolledBackDeploymentSucceedsWhenRetried,
  theCanaryRejectsAVersionThatCannotReachTheDestination,
  theCheckRejectsAVersionThatDoesNotRun,
  theFirstDeploymentSucceeds,
} from "./steps/deployments.ts";
import {
  callbacksWaitOnStandbyWhileTheDestinationDeniesAccess,
  standbyEmptiesOnItsOwnAndLosesNothing,
  theAlarmGoesOffAndLeadsToItsHeadingInTheRunbook,
} from "./steps/standby.ts";
import {
  aRevokedTokenIsRefusedAndTheNewOneAccepted,
  authenticationIsSwitchedOffAndOnWithoutRefusingAnybody,
  bothTokensAreAcceptedAfterAChange,
} from "./steps/token.ts";

/**
 * Observes whether a promise is kept. Its name is the promise.
 *
 * @returns the observation
 * @throws {BrokenPromise} with the observation, if the promise is broken
 */
export type Step = (run: Run) => Promise<string>;

/** Every step, in order. The first one deploys the stack; without it, none of the others can be observed. */
export const STEPS: readonly Step[] = [
  theFirstDeploymentSucceeds,
  everyAcceptedCallbackBecomesItsEvent,
  aRepeatedCallbackIsDropped,
  aForgedCallbackIsRefusedAndBecomesNoEvent,
  callbacksWaitOnStandbyWhileTheDestinationDeniesAccess,
  theAlarmGoesOffAndLeadsToItsHeadingInTheRunbook,
  standbyEmptiesOnItsOwnAndLosesNothing,
  bothTokensAreAcceptedAfterAChange,
  aRevokedTokenIsRefusedAndTheNewOneAccepted,
  // Before versions are rejected, so that every older one is good.
  afterGoingBackTheNextDeploymentSucceeds,
  anAliasMovedByHandIsRepairedByAForcedDeployment,
  theCheckRejectsAVersionThatDoesNotRun,
  theCanaryRejectsAVersionThatCannotReachTheDestination,
  aChangeFromQueueToBusAndBackLosesNothing,
  authenticationIsSwitchedOffAndOnWithoutRefusingAnybody,
  anExistingHandlerDecidesAndReadsAreStored,
  aRolledBackChangeOfDestinationKeepsTheNewQueueAndItsEvents,
  aRolledBackDeploymentSucceedsWhenRetried,
];
