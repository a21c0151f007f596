import type { Account, Deployment } from "../../bin/integ/account.ts";
import { EXISTING_HANDLER } from "../../bin/integ/existing-handler.ts";
import type { EventCarrier } from "../../events/index.ts";
import { toJson } from "../../events/json.ts";
import { TOKEN } from "./callbacks.ts";
import { exampleEvent } from "./example-event.ts";
import type { LocalAccount } from "./local-account.ts";

const NOT_OK = { status: 503, summary: "answered with 503", errorInfo: "", isOk: false, milliseconds: 1 };
const STUCK: Deployment = {
  outcome: "stuck",
  failedType: "AWS::Lambda::Alias",
  reason: "INVALID_LAMBDA_CONFIGURATION",
};
const OTHER_FAILURE: Deployment = { outcome: "rolled back", failedType: "AWS::SQS::Queue", reason: "no quota" };

/** Breaks an account: returns the operations that differ. */
export type Fault = (account: LocalAccount) => Partial<Account>;

/** Changes what is received. */
const receives =
  (change: (messages: readonly EventCarrier[]) => EventCarrier[]): Fault =>
  (account) => ({
    receive: async () => [
      { queueUrl: "the only queue", messages: change((await account.receive()).flatMap(({ messages }) => messages)) },
    ],
  });
const losesEvents = receives((messages) => messages.slice(1));
const receivesFromOneQueue = receives((messages) => [...messages]);
const acceptsAnything: Fault = (account) => ({
  post: ({ body }) => account.post({ token: TOKEN, ...(body && { body }) }),
});
const refusesEverything: Fault = () => ({ post: async () => NOT_OK });
const accepts: Fault = (account) => ({ deploy: (settings) => account.deploy(settings) });
const alwaysAlarm: Fault = (account) => ({
  alarm: async (id) => ({ ...(await account.alarm(id)), state: "ALARM" }),
});

/** Changes a message's text. */
const change = (message: EventCarrier, from: RegExp, to: string) =>
  JSON.parse(JSON.stringify(message).replace(from, to)) as EventCarrier;

/** Refuses a callback in the middle of each deployment. */
const refusesOne: Fault = (account) => {
  let posts = 0;
  return {
    post: async (deviation) => {
      posts += 1;
      return posts === 3 ? NOT_OK : account.post(deviation);
    },
  };
};

/** The faults that break each promise of `npm run integ`: by the step's name, then by the fault's, with the observation to expect. */
export const PROMISE_BREAKERS: Readonly<Record<string, Readonly<Record<string, readonly [Fault, RegExp]>>>> = {
  theFirstDeploymentSucceeds: {
    "the deployment fails": [
      () => ({ deploy: async () => STUCK }),
      /^the deployment was stuck: AWS::Lambda::Alias: INV/,
    ],
  },
  everyAcceptedCallbackBecomesItsEvent: {
    "an event is lost": [losesEvents, /^1 event missing: integ-\d+$/],
    "an event is changed": [
      receives((messages) => messages.map((message) => change(message, /UnreadMsgNum\\":0/, 'UnreadMsgNum\\":1'))),
      /^the event of integ-\d+ differs from its callback; /,
    ],
    "a message is no event": [receives((messages) => ["{}", ...messages]), /Not a valid chat event/],
    "callbacks are refused": [refusesEverything, /^20 of 20 callbacks not accepted; the first answered with 503$/],
  },
  aRepeatedCallbackIsDropped: {
    "it becomes a second event": [
      receives((messages) => messages.flatMap((message) => [message, message])),
      /^2 events of a callback that was sent twice$/,
    ],
  },
  aForgedCallbackIsRefusedAndBecomesNoEvent: {
    "it is accepted": [acceptsAnything, /^a callback with a wrong signature was answered with 200; expected 401$/],
    "it is refused, but becomes an event": [
      receives((messages) => [toJson(exampleEvent({ Report_Account: "forged-1" })), ...messages]),
      /^an event of "forged-1", which nobody sent/,
    ],
  },
  callbacksWaitOnStandbyWhileTheDestinationDeniesAccess: {
    "nothing reaches standby": [() => ({ denyDestination: async () => {} }), /^no message on standby 4 min after/],
    "callbacks are refused": [refusesEverything, /^a callback was answered with 503, instead of going to standby$/],
  },
  theAlarmGoesOffAndLeadsToItsHeadingInTheRunbook: {
    "it stays off": [() => ({}), /^StandbyInUse was OK after 10 min with messages on standby$/],
    "it does not link its heading": [
      () => ({ alarm: async () => ({ state: "ALARM", description: "Look into the runbook" }) }),
      /^StandbyInUse is described as 'Look into the runbook', without https:/,
    ],
  },
  standbyEmptiesOnItsOwnAndLosesNothing: {
    "it keeps a message": [
      () => ({ countStandby: async () => 1 }),
      /^standby still held a message 5 min after every event had arrived$/,
    ],
    "nothing was on it": [() => ({ countStandby: async () => 0 }), /^nothing was on standby$/],
    "it loses one": [losesEvents, /^1 event missing/],
    "the alarm stays on": [alwaysAlarm, /^StandbyInUse was still on 10 min after standby was empty$/],
  },
  bothTokensAreAcceptedAfterAChange: {
    "the old one is refused": [
      (account) => ({
        putToken: async (token) => {
          await account.putToken(token);
          await account.putToken(token);
        },
      }),
      /^a callback with the old token was answered with 401$/,
    ],
    "the new one is refused": [() => ({ putToken: async () => {} }), /^the new token was not accepted within 6 min$/],
  },
  aRevokedTokenIsRefusedAndTheNewOneAccepted: {
    "nothing happens": [
      () => ({ putToken: async () => {} }),
      /^6 min after a revocation, the old token was accepted or/,
    ],
    "the old one is still accepted": [
      (account) => {
        let puts = 0;
        return {
          async putToken(token) {
            puts += 1;
            if (puts === 1) await account.putToken(token);
          },
        };
      },
      /^6 min after a revocation, the old token was accepted or/,
    ],
  },
  afterGoingBackTheNextDeploymentSucceeds: {
    "going back fails": [
      (account) => {
        let deployments = 0;
        return {
          async deploy(settings) {
            deployments += 1;
            return deployments === 2 ? STUCK : account.deploy(settings);
          },
        };
      },
      /^going back, the deployment was stuck: AWS::Lambda::Alias: INVALID_LAMBDA_CONFIGURATION$/,
    ],
    "the next deployment fails": [
      (account) => {
        return {
          deploy: async (settings) => (settings["deployment"] === "canary" ? STUCK : account.deploy(settings)),
        };
      },
      /^with \{"deployment":"canary"\}, the deployment was stuck: AWS::Lambda::Alias: INVALID_LAMBDA_CONFIGURATION$/,
    ],
  },
  anAliasMovedByHandIsRepairedByAForcedDeployment: {
    "the canary leaves the stack stuck": [
      () => ({ moveAlias: async () => {}, deploy: async () => STUCK }),
      /^with canary, the deployment was stuck: AWS::Lambda::Alias: INVALID_LAMBDA_CONFIGURATION$/,
    ],
    "a forced deployment fails as well": [
      (account) => ({
        moveAlias: async () => {},
        deploy: async (settings) =>
          settings["deployment"] === "canary" ? OTHER_FAILURE : account.deploy(settings, "failing-update"),
      }),
      /^with \{"deployment":"forced"\}, the deployment was rolled back/,
    ],
  },
  theCheckRejectsAVersionThatDoesNotRun: {
    "it is deployed": [accepts, /^the deployment was deployed$/],
    "something else fails": [
      () => ({ deploy: async () => OTHER_FAILURE }),
      /, at a AWS::SQS::Queue instead of the AWS::L/,
    ],
    "a callback is refused meanwhile": [refusesOne, /^1 of \d+ callbacks not accepted; the first answered with 503$/],
  },
  theCanaryRejectsAVersionThatCannotReachTheDestination: {
    "it is deployed": [accepts, /^the deployment was deployed$/],
    "the stack is stuck": [() => ({ deploy: async () => STUCK }), /^the deployment was stuck/],
    "an event is lost": [losesEvents, /^\d events? missing/],
    "the alarm stays on, so that nothing can be deployed": [alwaysAlarm, /^StandbyInUse was still on 10 min/],
  },
  aChangeFromQueueToBusAndBackLosesNothing: {
    "a queue is not used": [receivesFromOneQueue, /^events came from 1 queue; expected 3$/],
    "an event is lost": [losesEvents, /^1 event missing/],
    "a callback is refused": [refusesOne, /^1 of \d+ callbacks not accepted/],
    "the deployment fails": [
      () => ({ deploy: async () => OTHER_FAILURE }),
      /^with \{"destination":"bus"\}, the deployment/,
    ],
  },
  authenticationIsSwitchedOffAndOnWithoutRefusingAnybody: {
    "a callback is refused": [refusesOne, /^1 of \d+ callbacks not accepted/],
    "the token changes": [
      (account) => ({
        async deploy(settings) {
          const deployment = await account.deploy(settings);
          await account.putToken("another");
          return deployment;
        },
      }),
      /^the token changed, so that the console's is no longer valid$/,
    ],
    "it stays off": [
      (account) => ({ deploy: (settings) => account.deploy({ ...settings, authentication: "none" }) }),
      /^with authentication=token, an unsigned callback was answered with 200$/,
    ],
    "it stays on": [
      (account) => ({ deploy: (settings) => account.deploy({ ...settings, authentication: "token" }) }),
      /^with authentication=none, an unsigned callback was answered with 401$/,
    ],
  },
  anExistingHandlerDecidesAndReadsAreStored: {
    "the handler is not asked": [
      (account) => ({ deploy: ({ relayUrl: _, ...settings }) => account.deploy(settings) }),
      /^a before-callback that the handler forbids was answered with 200$/,
    ],
    "it is still asked after going back": [
      (account) => ({ deploy: (settings) => account.deploy({ ...settings, relayUrl: EXISTING_HANDLER }) }),
      /^after going back, a before-callback was answered with 200, but not OK$/,
    ],
    "a read is refused": [refusesOne, /^1 of \d+ callbacks not accepted/],
    "an event is lost": [losesEvents, /^1 event missing/],
    "the deployment fails": [
      () => ({ deploy: async () => OTHER_FAILURE }),
      /^with \{"relayUrl":"https:\/\/existing-handler\.invalid\/"\}, the deployment was rolled back/,
    ],
  },
  aRolledBackChangeOfDestinationKeepsTheNewQueueAndItsEvents: {
    "the new queue was not used": [receivesFromOneQueue, /^events came from 1 queue; expected the old one and the new/],
    "the new queue is deleted": [
      (account) => ({
        async deploy(settings, flaw) {
          const deployment = await account.deploy(settings, flaw);
          await account.receive();
          return deployment;
        },
      }),
      /^\d+ events missing: integ-0, /,
    ],
    "the update does not fail": [accepts, /^the deployment was deployed$/],
    "the stack is stuck": [() => ({ deploy: async () => STUCK }), /^the deployment was stuck/],
  },
  aRolledBackDeploymentSucceedsWhenRetried: {
    "a name collides": [() => ({ deploy: async () => STUCK }), /^the deployment was stuck: AWS::Lambda::Alias: INV/],
    "a callback is refused": [refusesOne, /^1 of \d+ callbacks not accepted/],
    "an event is lost": [losesEvents, /^\d events? missing/],
  },
};
